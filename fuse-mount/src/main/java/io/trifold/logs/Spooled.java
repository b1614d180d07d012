package io.trifold.logs;

import io.trifold.queue.Lines;

/**
 * What a write left in the spool.
 *
 * @param lines what was written, without the end of the last line; no text if no line was ended
 * @param syslog whether it goes to syslog
 * @param cloud whether it goes to the other hosts
 * @param inode of the log, and
 * @param offset in it where the lines stand, tagged; -1 if they do not
 * @param writer who wrote it: a number of the open
 * @param grows whether {@code held} is behind what the writer held before, or in place of it
 * @param held the beginning of the writer's next line
 */
@SuppressWarnings("ArrayRecordComponent") // never compared by it, and never changed
record Spooled(
    Lines lines,
    boolean syslog,
    boolean cloud,
    long inode,
    long offset,
    long writer,
    boolean grows,
    byte[] held) {
  Spooled withSequence(long sequence) {
    return new Spooled(
        new Lines(sequence, lines.at(), lines.path(), lines.text()),
        syslog,
        cloud,
        inode,
        offset,
        writer,
        grows,
        held);
  }

  Spooled withHeld(byte[] all) {
    return new Spooled(lines, syslog, cloud, inode, offset, writer, false, all);
  }
}
