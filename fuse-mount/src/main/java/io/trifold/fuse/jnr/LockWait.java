package io.trifold.fuse.jnr;

import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import java.util.function.BooleanSupplier;

/**
 * Waits for locks by asking again, at growing intervals: libfuse has no answer for later, so that
 * the waiting is done on the request's own thread.
 */
final class LockWait {
  private static final long FIRST_PAUSE_MILLIS = 1;
  private static final long LONGEST_PAUSE_MILLIS = 32;

  private final BooleanSupplier givenUp;

  /**
   * @param givenUp whether nobody waits any more: the caller was interrupted, or the mount is gone
   */
  LockWait(BooleanSupplier givenUp) {
    this.givenUp = givenUp;
  }

  /** A try to take a lock: whether it was granted. */
  @FunctionalInterface
  interface Attempt {
    boolean granted() throws ErrnoException;
  }

  void once(Attempt attempt) throws ErrnoException {
    if (!attempt.granted()) {
      throw new ErrnoException(Errno.EAGAIN, "lock");
    }
  }

  void until(Attempt attempt) throws ErrnoException {
    long pause = FIRST_PAUSE_MILLIS;
    while (!attempt.granted()) {
      if (givenUp.getAsBoolean()) {
        throw new ErrnoException(Errno.EINTR, "lock");
      }
      try {
        Thread.sleep(pause);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new ErrnoException(Errno.EINTR, "lock");
      }
      pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
    }
  }
}
