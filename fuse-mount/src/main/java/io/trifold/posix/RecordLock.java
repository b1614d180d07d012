package io.trifold.posix;

import static io.trifold.posix.LibC.C;

import jnr.ffi.Pointer;

/**
 * A POSIX record lock, {@code fcntl(2)}, taken on an open file description ({@code F_OFD_SETLK}):
 * the owner is the descriptor that it is taken on.
 *
 * @param type {@link #READ}, {@link #WRITE} or {@link #UNLOCK}
 * @param start first byte
 * @param end last byte, {@link Long#MAX_VALUE} for the end of the file, however it grows
 * @param pid the holder's process where known, otherwise 0
 */
public record RecordLock(int type, long start, long end, int pid) {
  public static final int READ = 0;
  public static final int WRITE = 1;
  public static final int UNLOCK = 2;

  private static final int F_OFD_GETLK = 36;
  private static final int F_OFD_SETLK = 37;

  /** Takes or releases it without waiting; whether it was granted. */
  public boolean set(int fd) throws ErrnoException {
    if (C.fcntl(fd, F_OFD_SETLK, toNative()) == 0) {
      return true;
    }
    int errno = LibC.RUNTIME.getLastError();
    if (errno == Errno.EAGAIN || errno == Errno.EACCES || errno == Errno.EINTR) {
      return false;
    }
    throw new ErrnoException(errno, "lock");
  }

  /** The lock that stands in the way of this one; of type {@link #UNLOCK} if none does. */
  public RecordLock test(int fd) throws ErrnoException {
    Pointer lock = toNative();
    Posix.check(C.fcntl(fd, F_OFD_GETLK, lock), "lock");
    long from = lock.getLong(8);
    long length = lock.getLong(16);
    return new RecordLock(
        lock.getShort(0), from, length == 0 ? Long.MAX_VALUE : from + length - 1, 0);
  }

  private Pointer toNative() {
    Pointer lock = Scratch.get();
    lock.setMemory(0, 32, (byte) 0);
    lock.putShort(0, (short) type);
    lock.putLong(8, start);
    lock.putLong(16, end == Long.MAX_VALUE ? 0 : end - start + 1);
    return lock;
  }
}
