package io.trifold.logs;

import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.MemoryPool;
import io.trifold.posix.PinnedFile;
import io.trifold.posix.Posix;
import io.trifold.posix.Stat;
import io.trifold.queue.Lines;
import io.trifold.rules.LogOptions;
import io.trifold.tree.LogWriter;
import java.io.IOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import jnr.ffi.Pointer;

/**
 * One log of this host: an inode, whatever its name is by now, and the one place where lines are
 * put behind it. Its lock keeps lines whole and in the same order in the file and in the spool.
 *
 * <p>An entry is in the spool before its lines are in the file, and says where they are to be: so a
 * daemon that is killed in between can end the work at its next start.
 */
final class LogFile implements AutoCloseable {
  private static final MemoryPool BUFFERS = new MemoryPool(256 << 10, 4);

  private final String path;
  private final LogOptions rule;
  private final String host;
  private final Spool spool;
  private final Headers headers;
  private final LogCounts counts;
  private final int fd;
  private final long inode;

  /** Guarded by the map of files. */
  private int users = 1;

  private volatile boolean stale = true;

  /** The rest is as of the last look, and kept up to date by what is appended; guarded by this. */
  private long size;

  private boolean lineOpen;
  private Targets targets;

  /**
   * Opens it anew.
   *
   * @param file some descriptor of it
   */
  LogFile(
      String path,
      LogOptions rule,
      String host,
      int file,
      Spool spool,
      Headers headers,
      LogCounts counts)
      throws ErrnoException {
    this.path = path;
    this.rule = rule;
    this.host = host;
    this.spool = spool;
    this.headers = headers;
    this.counts = counts;
    this.fd = PinnedFile.borrow(file).open(Posix.O_RDWR | Posix.O_APPEND | Posix.O_NONBLOCK);
    this.inode = Posix.stat(fd).inode();
  }

  /** As it was called when it was opened. */
  String path() {
    return path;
  }

  long inode() {
    return inode;
  }

  void use() {
    users++;
  }

  /** Whether that was the last one. */
  boolean unuse() {
    return --users == 0;
  }

  /**
   * Has its content changed by others than {@link #put}: not between a look at it and what is put
   * by that look. A line would else be the first of a file that was just emptied, without the
   * header before it, and the header be forgotten.
   */
  synchronized void change(LogWriter.Change change) throws ErrnoException {
    try {
      change.make();
    } finally {
      stale = true;
    }
  }

  private void look() throws ErrnoException {
    if (!stale) {
      return;
    }
    stale = false;
    Stat stat = Posix.stat(fd);
    size = stat.size();
    byte[] start = read(0, (int) Math.min(size, Header.LONGEST + 1));
    lineOpen = size > 0 && read(size - 1, 1)[0] != '\n';
    Optional<Header> header = Header.of(start);
    if (size == 0) {
      header = headers.of(path);
    } else {
      headers.set(path, header);
    }
    decide(header);
  }

  private void decide(Optional<Header> header) {
    targets = Targets.of(header, rule);
    counts.problem(LogFiles.shown(path), targets.problem());
  }

  /** Learns what it says of its targets, before it is emptied. */
  synchronized void learn() throws ErrnoException {
    look();
  }

  /** Its size at this moment. */
  synchronized long size() throws ErrnoException {
    return Posix.stat(fd).size();
  }

  /** The bytes from there on; fewer if it ends before. */
  synchronized byte[] read(long from, int length) throws ErrnoException {
    Pointer buffer = BUFFERS.take(Math.max(1, length));
    try {
      int done = 0;
      while (done < length) {
        int n = Posix.pread(fd, buffer.slice(done, length - done), length - done, from + done);
        if (n == 0) {
          break;
        }
        done += n;
      }
      byte[] bytes = new byte[done];
      buffer.get(0, bytes, 0, done);
      return bytes;
    } finally {
      BUFFERS.giveBack(buffer);
    }
  }

  /**
   * Puts what this host's writers have written where it goes.
   *
   * @param writer a number of the open
   * @param heldBefore whether the writer held the beginning of a line
   */
  synchronized void put(LineAssembler.Cut cut, long writer, boolean heldBefore)
      throws ErrnoException {
    look();
    byte[] lines = withoutHeader(cut.lines());
    Targets to = targets;
    boolean ended = cut.lines().length > 0;
    boolean further = lines.length > 0 && (to.syslog() || to.cloud());
    byte[] tagged =
        to.file() && lines.length > 0
            ? framed(LineFormat.tagged(lines, host, rule.hostTag()))
            : new byte[0];
    if (further || heldBefore || cut.held().length > 0) {
      byte[] text = lines.length == 0 ? lines : Arrays.copyOf(lines, lines.length - 1);
      spool(
          new Spooled(
              new Lines(0, Instant.now(), path, text),
              further && to.syslog(),
              further && to.cloud(),
              inode,
              tagged.length > 0 ? size : -1,
              writer,
              !ended,
              ended ? cut.held() : cut.added()),
          further);
    }
    if (tagged.length > 0) {
      append(tagged);
    }
    if (lines.length > 0) {
      counts.written.addAndGet(count(lines));
    }
  }

  private void spool(Spooled entry, boolean further) throws ErrnoException {
    int length = entry.lines().text().length + entry.held().length;
    try {
      if (spool.admits(length)) {
        spool.append(entry);
      } else if (rule.dropping() || !further) {
        counts.dropped.addAndGet(further ? count(entry.lines().text()) + 1 : 0);
      } else {
        counts.refused.incrementAndGet();
        throw new ErrnoException(Errno.ENOSPC, path + ": the spool is full");
      }
    } catch (IOException e) {
      counts.problem("the spool", "cannot be written: " + e.getMessage());
      throw new ErrnoException(Errno.EIO, path + ": the spool cannot be written");
    }
  }

  /** What is first written to an empty log may be its header: that stays as it is. */
  private byte[] withoutHeader(byte[] lines) throws ErrnoException {
    if (size > 0 || lines.length == 0) {
      return lines;
    }
    Optional<Header> header = Header.of(lines);
    if (header.isEmpty()) {
      return lines;
    }
    int end = 0;
    while (lines[end] != '\n') {
      end++;
    }
    append(Arrays.copyOf(lines, end + 1));
    headers.set(path, header);
    decide(header);
    return Arrays.copyOfRange(lines, end + 1, lines.length);
  }

  /** With what must stand before it: the end of what somebody else left open, or the header. */
  private byte[] framed(byte[] tagged) {
    byte[] before = {};
    if (lineOpen) {
      before = new byte[] {'\n'};
    } else if (size == 0) {
      before = headers.of(path).map(Header::bytes).orElse(before);
    }
    if (before.length == 0) {
      return tagged;
    }
    byte[] framed = Arrays.copyOf(before, before.length + tagged.length);
    System.arraycopy(tagged, 0, framed, before.length, tagged.length);
    return framed;
  }

  /** What is put into the file is there whole, or its end is taken off again. */
  private void append(byte[] bytes) throws ErrnoException {
    Pointer buffer = BUFFERS.take(bytes.length);
    try {
      buffer.put(0, bytes, 0, bytes.length);
      int done = 0;
      try {
        while (done < bytes.length) {
          int left = bytes.length - done;
          done += Posix.write(fd, buffer.slice(done, left), left);
        }
      } catch (ErrnoException e) {
        stale = true;
        if (done > 0) {
          Posix.truncate(fd, Posix.stat(fd).size() - done);
        }
        throw e;
      }
      size += bytes.length;
      lineOpen = false;
    } finally {
      BUFFERS.giveBack(buffer);
    }
  }

  /** Makes an entry of another host, and says where the lines are to be before they are. */
  interface Intent {
    void at(long inode, long offset) throws ErrnoException;
  }

  /** Whether lines of other hosts are kept here. */
  synchronized boolean keeps() throws ErrnoException {
    look();
    return targets.file();
  }

  /**
   * Appends lines that another host has written.
   *
   * @param lines each with its end
   * @param intent told before it is done
   */
  synchronized void putOther(byte[] lines, String otherHost, Intent intent) throws ErrnoException {
    look();
    byte[] bytes = framed(LineFormat.tagged(lines, otherHost, rule.hostTag()));
    intent.at(inode, size);
    append(bytes);
  }

  /**
   * Ends what a daemon that was killed had begun to append.
   *
   * @param lines each with its end
   * @return whether they are there now; if not, it is not known where they should be
   */
  synchronized boolean complete(byte[] lines, String ofHost, long inodeThen, long offset)
      throws ErrnoException {
    if (inodeThen != inode || size() < offset) {
      return false;
    }
    byte[] tagged = LineFormat.tagged(lines, ofHost, rule.hostTag());
    byte[] there = read(offset, tagged.length + Header.LONGEST + 2);
    byte[] header = Header.of(there).map(Header::bytes).orElse(new byte[0]);
    for (byte[] before : new byte[][] {{}, {'\n'}, header}) {
      byte[] whole = Arrays.copyOf(before, before.length + tagged.length);
      System.arraycopy(tagged, 0, whole, before.length, tagged.length);
      int common = Math.min(whole.length, there.length);
      if (Arrays.equals(there, 0, common, whole, 0, common)) {
        append(Arrays.copyOfRange(whole, common, whole.length));
        stale = true;
        return true;
      }
    }
    return false;
  }

  /** Writes in place, as the caller wants it. */
  int overwrite(int through, long offset, Pointer buffer, int count) throws ErrnoException {
    try {
      return Posix.pwrite(through, buffer, count, offset);
    } finally {
      stale = true;
    }
  }

  void sync() throws ErrnoException {
    Posix.fdatasync(fd);
    try {
      spool.sync();
    } catch (IOException e) {
      throw new ErrnoException(Errno.EIO, path + ": the spool cannot be written");
    }
  }

  static int count(byte[] lines) {
    int count = 0;
    for (byte b : lines) {
      if (b == '\n') {
        count++;
      }
    }
    return count;
  }

  @Override
  public void close() {
    Posix.close(fd);
  }
}
