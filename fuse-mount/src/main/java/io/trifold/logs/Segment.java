package io.trifold.logs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** One file of the spool; named after the first sequence that can be in it. */
final class Segment implements AutoCloseable {
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");

  private final Path file;
  private final FileChannel channel;
  private final long first;
  private volatile long size;
  private volatile long last;

  private Segment(Path file, FileChannel channel, long first) throws IOException {
    this.file = file;
    this.channel = channel;
    this.first = first;
    this.last = first - 1;
    this.size = channel.size();
  }

  static Segment make(Path directory, long first) throws IOException {
    Path file = directory.resolve(String.format("spool-%019d", first));
    FileChannel channel =
        FileChannel.open(
            file,
            Set.of(
                StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    return new Segment(file, channel, first);
  }

  static Segment open(Path file) throws IOException {
    String name = file.getFileName().toString();
    long first = Long.parseLong(name.substring(name.indexOf('-') + 1));
    return new Segment(
        file, FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE), first);
  }

  long first() {
    return first;
  }

  /** The last sequence in it; that before the first if there is none. */
  long last() {
    return last;
  }

  void setLast(long sequence) {
    last = sequence;
  }

  long size() {
    return size;
  }

  /** Puts what is here into the buffer, as far as it goes. */
  void read(ByteBuffer buffer, long offset) throws IOException {
    long at = offset;
    buffer.limit((int) Math.min(buffer.limit(), buffer.position() + Math.max(0, size - at)));
    while (buffer.hasRemaining()) {
      int n = channel.read(buffer, at);
      if (n < 0) {
        return;
      }
      at += n;
    }
  }

  /** Writes behind what is there; a part that could not be written is overwritten by the next. */
  void append(byte[] entry, long sequence) throws IOException {
    long at = size;
    ByteBuffer buffer = ByteBuffer.wrap(entry);
    while (buffer.hasRemaining()) {
      channel.write(buffer, at + buffer.position());
    }
    last = sequence;
    size = at + entry.length;
  }

  /** Forces it to the disk; one that was deleted meanwhile is needed by nobody. */
  void sync() throws IOException {
    try {
      channel.force(false);
    } catch (ClosedChannelException e) {
      if (Files.exists(file)) {
        throw e;
      }
    }
  }

  void delete() throws IOException {
    channel.close();
    Files.delete(file);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
