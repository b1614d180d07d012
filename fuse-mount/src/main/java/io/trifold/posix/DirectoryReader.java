package io.trifold.posix;

import static io.trifold.posix.LibC.C;

import io.trifold.rules.FileNames;
import jnr.ffi.Pointer;

/**
 * Reads a directory entry by entry, {@code getdents64(2)}. It owns its descriptor. One thread at a
 * time.
 */
public final class DirectoryReader implements AutoCloseable {
  private static final int BUFFER = 32 * 1024;
  private static final int SEEK_SET = 0;

  /** Where the name begins in a {@code struct linux_dirent64}. */
  private static final int NAME = 19;

  private final int fd;

  /** As many as there are directories that are read at once, more or less. */
  private static final MemoryPool BUFFERS = new MemoryPool(BUFFER, 64);

  private final Pointer buffer = BUFFERS.take();
  private int end;
  private int next;
  private int current;

  /** The current entry's name; {@code null} if nobody has asked for it. */
  private String name = "";

  private boolean closed;

  DirectoryReader(int fd) {
    this.fd = fd;
  }

  /** Moves to the next entry other than "." and ".."; false at the end. */
  public boolean next() throws ErrnoException {
    while (nextOrDots()) {
      if (!isDots()) {
        return true;
      }
    }
    return false;
  }

  /** Moves to the next entry, be it "." or "..", which stand anywhere; false at the end. */
  public boolean nextOrDots() throws ErrnoException {
    if (next == end) {
      long n = C.getdents64(fd, buffer, BUFFER);
      if (n < 0) {
        throw Posix.failure("readdir");
      }
      next = 0;
      end = (int) n;
      if (n == 0) {
        return false;
      }
    }
    current = next;
    next += buffer.getShort(current + 16) & 0xffff;
    name = null;
    return true;
  }

  /** Whether the current entry is "." or "..". */
  public boolean isDots() {
    int start = current + NAME;
    if (buffer.getByte(start) != '.') {
      return false;
    }
    byte second = buffer.getByte(start + 1);
    return second == 0 || (second == '.' && buffer.getByte(start + 2) == 0);
  }

  /** The current entry's name. */
  public String name() {
    if (name == null) {
      int start = current + NAME;
      int length = 0;
      while (buffer.getByte(start + length) != 0) {
        length++;
      }
      byte[] bytes = new byte[length];
      buffer.get(start, bytes, 0, length);
      name = FileNames.decode(bytes);
    }
    return name;
  }

  /** {@code lstat} of the current entry. */
  public Stat stat() throws ErrnoException {
    return Posix.statAt(fd, name());
  }

  /** Has the system look at the current entry, if it is there: it is in memory then. */
  public void touch() {
    Posix.touch(fd, buffer.slice(current + NAME));
  }

  /** The current entry's inode number. */
  public long inode() {
    return buffer.getLong(current);
  }

  /**
   * The current entry's file type bits as {@link Stat} has them; 0 where the filesystem does not
   * say.
   */
  public int type() {
    return (buffer.getByte(current + 18) & 0xff) << 12;
  }

  /** Where the entry after the current one begins, for {@link #seek}. */
  public long position() {
    return buffer.getLong(current + 8);
  }

  /** Continues at a position that {@link #position} gave; 0 is the beginning. */
  public void seek(long position) throws ErrnoException {
    Posix.lseek(fd, position, SEEK_SET);
    next = 0;
    end = 0;
  }

  /** The directory's descriptor, valid until this is closed. */
  public int fd() {
    return fd;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      Posix.close(fd);
      BUFFERS.giveBack(buffer);
    }
  }
}
