package io.trifold.fuse;

import java.util.function.BooleanSupplier;

/**
 * Whether the caller of the request that a thread serves has been told to give up waiting, by a
 * signal or because the mount ends. Who waits in a request asks every now and then, and answers
 * {@code EINTR} if so.
 */
public final class Interruption {
  private static final ThreadLocal<BooleanSupplier> REQUEST = new ThreadLocal<>();

  private Interruption() {}

  /** To be asked on the thread that serves the request. */
  public static boolean raised() {
    BooleanSupplier request = REQUEST.get();
    return Thread.currentThread().isInterrupted() || (request != null && request.getAsBoolean());
  }

  /**
   * What this thread does from now on is done for a request.
   *
   * @param raised asked on this thread alone
   */
  public static void heed(BooleanSupplier raised) {
    REQUEST.set(raised);
  }

  /** What this thread does from now on is done for nobody who could be interrupted. */
  public static void end() {
    REQUEST.remove();
  }
}
