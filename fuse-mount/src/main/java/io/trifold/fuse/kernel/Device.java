package io.trifold.fuse.kernel;

import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import jnr.ffi.Pointer;

/**
 * The descriptor of {@code /dev/fuse} that a mount hangs on. Any thread may send; who receives must
 * have stopped before it is closed.
 */
final class Device implements Sender {
  static final String PATH = "/dev/fuse";
  private static final long BACKING_OPEN = 0x4010e501L;
  private static final long BACKING_CLOSE = 0x4004e502L;

  private static final ThreadLocal<Pointer> ARGUMENT =
      ThreadLocal.withInitial(() -> Posix.allocate(16));

  private final int fd;

  /**
   * Held for reading while the descriptor is used: it must not be closed then, for its number may
   * be some other file's a moment later.
   */
  private final ReadWriteLock open = new ReentrantReadWriteLock();

  private boolean closed;

  Device(int fd) {
    this.fd = fd;
  }

  /** The descriptor, for commands that name it. */
  int fd() {
    return fd;
  }

  /**
   * Waits for a request.
   *
   * @return its length, or -1 if it is no longer mounted
   */
  int receive(Pointer memory, int size) throws ErrnoException {
    while (true) {
      try {
        return Posix.read(fd, memory, size);
      } catch (ErrnoException e) {
        switch (e.errno()) {
          case Errno.ENODEV -> {
            return -1;
          }
          // The request was withdrawn while it was read, or a signal came.
          case Errno.ENOENT, Errno.EINTR, Errno.EAGAIN -> {}
          default -> throw e;
        }
      }
    }
  }

  /**
   * Sends an answer or a notice.
   *
   * @return false if the kernel no longer waits for this answer, or does not know what the notice
   *     is about, or it is no longer mounted
   */
  @Override
  public boolean send(Pointer memory, int length) throws ErrnoException {
    open.readLock().lock();
    try {
      if (closed) {
        return false;
      }
      Posix.write(fd, memory, length);
      return true;
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENODEV) {
        return false;
      }
      throw e;
    } finally {
      open.readLock().unlock();
    }
  }

  /**
   * Makes an open file known to the kernel as one that it may read and write itself.
   *
   * @return the backing id, greater than 0
   */
  int openBacking(int file) throws ErrnoException {
    Pointer argument = ARGUMENT.get();
    argument.putInt(0, file);
    argument.putInt(4, 0);
    argument.putLong(8, 0);
    return control(BACKING_OPEN, argument);
  }

  void closeBacking(int id) throws ErrnoException {
    Pointer argument = ARGUMENT.get();
    argument.putInt(0, id);
    control(BACKING_CLOSE, argument);
  }

  private int control(long request, Pointer argument) throws ErrnoException {
    open.readLock().lock();
    try {
      if (closed) {
        throw new ErrnoException(Errno.ENODEV, PATH);
      }
      return Posix.ioctl(fd, request, argument);
    } finally {
      open.readLock().unlock();
    }
  }

  /** Waits for who is using it. The kernel then ends what is left of the mount. */
  void close() {
    open.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        Posix.close(fd);
      }
    } finally {
      open.writeLock().unlock();
    }
  }
}
