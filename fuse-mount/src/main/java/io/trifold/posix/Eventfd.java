package io.trifold.posix;

import static io.trifold.posix.LibC.C;

import jnr.ffi.Pointer;

/** A counter to wake somebody by, see {@code eventfd(2)}. */
public final class Eventfd implements AutoCloseable {
  private static final int EFD_CLOEXEC = 0x80000;

  private final int fd;

  public Eventfd() throws ErrnoException {
    fd = C.eventfd(0, EFD_CLOEXEC);
    if (fd < 0) {
      throw Posix.failure("eventfd");
    }
  }

  /** The descriptor, to be read from. */
  public int fd() {
    return fd;
  }

  /** Whoever reads it, or will, goes on. Any thread may call. */
  public void raise() throws ErrnoException {
    Pointer one = Scratch.get();
    one.putLong(0, 1);
    Posix.write(fd, one, Long.BYTES);
  }

  @Override
  public void close() {
    Posix.close(fd);
  }
}
