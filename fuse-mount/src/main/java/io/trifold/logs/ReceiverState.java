package io.trifold.logs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32;

/**
 * How far a host has taken lines from the stream, and what it was about to append: in a file, each
 * time written before it is done.
 */
final class ReceiverState implements AutoCloseable {
  private static final int LENGTH = 5 * 8 + 4;
  private static final long UNKNOWN = -1;

  private final FileChannel channel;

  /** The last batch that was dealt with whole. */
  private long position = UNKNOWN;

  /** How many groups of the next batch were dealt with. */
  private long groups;

  /** Where the next group is being appended, if it is. */
  private long inode;

  private long offset = UNKNOWN;

  private ReceiverState(FileChannel channel) {
    this.channel = channel;
  }

  static ReceiverState open(Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    ReceiverState state = new ReceiverState(channel);
    state.load();
    return state;
  }

  private void load() throws IOException {
    ByteBuffer in = ByteBuffer.allocate(LENGTH);
    if (channel.read(in, 0) < LENGTH || in.getInt(LENGTH - 4) != crc(in)) {
      return;
    }
    position = in.getLong(0);
    groups = in.getLong(8);
    inode = in.getLong(16);
    offset = in.getLong(24);
  }

  private void save() throws IOException {
    ByteBuffer out = ByteBuffer.allocate(LENGTH);
    out.putLong(0, position).putLong(8, groups).putLong(16, inode).putLong(24, offset);
    out.putInt(LENGTH - 4, crc(out));
    channel.write(out, 0);
  }

  private static int crc(ByteBuffer buffer) {
    CRC32 crc = new CRC32();
    crc.update(buffer.slice(0, LENGTH - 4));
    return (int) crc.getValue();
  }

  boolean isKnown() {
    return position != UNKNOWN;
  }

  long position() {
    return position;
  }

  long groups() {
    return groups;
  }

  boolean hasIntent() {
    return offset != UNKNOWN;
  }

  long inode() {
    return inode;
  }

  long offset() {
    return offset;
  }

  void passed(long newPosition) throws IOException {
    position = newPosition;
    groups = 0;
    offset = UNKNOWN;
    save();
  }

  void intend(long newInode, long newOffset) throws IOException {
    inode = newInode;
    offset = newOffset;
    save();
  }

  void passedGroup() throws IOException {
    groups++;
    offset = UNKNOWN;
    save();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
