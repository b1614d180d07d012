package io.trifold.posix;

import static io.trifold.posix.LibC.C;

import io.trifold.rules.FileNames;
import jnr.ffi.Pointer;

/**
 * A file of any type, symlinks themselves included, held by a descriptor: what is done to it is
 * done to this very file, whatever its name stands for by now. All methods may be called by any
 * thread; they may block as long as the storage does.
 */
public final class PinnedFile implements AutoCloseable {
  private static final int XATTR_MAX = 64 * 1024;

  private final int fd;
  private final boolean owned;

  private PinnedFile(int fd, boolean owned) {
    this.fd = fd;
    this.owned = owned;
  }

  /** The file behind a descriptor that stays the caller's, who keeps it open meanwhile. */
  public static PinnedFile borrow(int fd) {
    return new PinnedFile(fd, false);
  }

  static PinnedFile own(int fd) {
    return new PinnedFile(fd, true);
  }

  /** Gives the descriptor up, unless it was borrowed. */
  @Override
  public void close() {
    if (owned) {
      Posix.close(fd);
    }
  }

  /** {@code fstat}. */
  public Stat stat() throws ErrnoException {
    return Posix.stat(fd);
  }

  /**
   * Opens the file anew, as an open file description of its own; {@code ELOOP} for a symlink. The
   * caller closes it.
   */
  public int open(int flags) throws ErrnoException {
    if (stat().isSymlink()) {
      throw new ErrnoException(Errno.ELOOP, "open");
    }
    return Posix.open(path(), flags | Posix.O_NOCTTY, 0);
  }

  /** What the symlink holds. */
  public String readlink() throws ErrnoException {
    Pointer buffer = Scratch.get();
    long n = C.readlinkat(fd, Posix.c(""), buffer, Scratch.SIZE);
    if (n < 0) {
      throw Posix.failure("readlink");
    }
    byte[] bytes = new byte[(int) n];
    buffer.get(0, bytes, 0, bytes.length);
    return FileNames.decode(bytes);
  }

  /** Sets the mode; {@code EOPNOTSUPP} for a symlink. */
  public void chmod(int mode) throws ErrnoException {
    if (stat().isSymlink()) {
      throw new ErrnoException(Errno.EOPNOTSUPP, "chmod");
    }
    Posix.check(C.chmod(Posix.c(path()), mode), "chmod");
  }

  /** Sets the owner; -1 leaves that one as it is. */
  public void chown(int uid, int gid) throws ErrnoException {
    Posix.check(C.fchownat(fd, Posix.c(""), uid, gid, Posix.AT_EMPTY_PATH), "chown");
  }

  /** Sets the times, see {@link Posix#utimens}. */
  public void utimens(long accessSeconds, long accessNanos, long modifySeconds, long modifyNanos)
      throws ErrnoException {
    Pointer times = Posix.times(accessSeconds, accessNanos, modifySeconds, modifyNanos);
    Posix.check(C.utimensat(fd, Posix.c(""), times, Posix.AT_EMPTY_PATH), "utimens");
  }

  /** {@code truncate(2)}. */
  public void truncate(long length) throws ErrnoException {
    int file = open(Posix.O_WRONLY | Posix.O_NONBLOCK);
    try {
      Posix.truncate(file, length);
    } finally {
      Posix.close(file);
    }
  }

  /** The value of an extended attribute. */
  public byte[] getXattr(String attribute) throws ErrnoException {
    byte[] path = Posix.c(path());
    byte[] name = Posix.c(attribute);
    return read((memory, size) -> C.getxattr(path, name, memory, size), attribute);
  }

  /** The names of the extended attributes, each ending in NUL. */
  public byte[] listXattr() throws ErrnoException {
    byte[] path = Posix.c(path());
    return read((memory, size) -> C.listxattr(path, memory, size), "listxattr");
  }

  /**
   * Sets an extended attribute.
   *
   * @param flags 1 to create only, 2 to replace only, see {@code setxattr(2)}
   */
  public void setXattr(String attribute, byte[] value, int flags) throws ErrnoException {
    Pointer memory = Posix.allocate(Math.max(1, value.length));
    memory.put(0, value, 0, value.length);
    Posix.check(
        C.setxattr(Posix.c(path()), Posix.c(attribute), memory, value.length, flags), attribute);
  }

  /** Removes an extended attribute. */
  public void removeXattr(String attribute) throws ErrnoException {
    Posix.check(C.removexattr(Posix.c(path()), Posix.c(attribute)), attribute);
  }

  /** Leads to just this file, a symlink itself included: the kernel follows it no further. */
  String path() {
    return "/proc/self/fd/" + fd;
  }

  @FunctionalInterface
  private interface Reading {
    long into(Pointer memory, int size);
  }

  /** Most values are short: the large memory is only for those that are not. */
  private static byte[] read(Reading reading, String doing) throws ErrnoException {
    Pointer memory = Scratch.get();
    long count = reading.into(memory, Scratch.SIZE);
    if (count < 0 && LibC.RUNTIME.getLastError() == Errno.ERANGE) {
      memory = Posix.allocate(XATTR_MAX);
      count = reading.into(memory, XATTR_MAX);
    }
    if (count < 0) {
      throw Posix.failure(doing);
    }
    byte[] result = new byte[(int) count];
    memory.get(0, result, 0, result.length);
    return result;
  }
}
