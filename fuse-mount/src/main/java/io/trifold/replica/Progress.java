package io.trifold.replica;

import java.util.function.BooleanSupplier;

/** Where those wait who want to see the workers get somewhere. Thread-safe. */
final class Progress {
  /** How long it takes at most until a waiter sees that nobody waits for it any more. */
  private static final long SLICE_MILLIS = 50;

  private long steps;
  private int waiting;

  /** Something may be as somebody waits for. */
  synchronized void made() {
    steps++;
    if (waiting > 0) {
      notifyAll();
    }
  }

  private synchronized long steps() {
    return steps;
  }

  /** A condition that is waited for. */
  @FunctionalInterface
  interface Condition {
    boolean holds() throws PositionException;
  }

  /**
   * Waits until the condition holds. It is looked at after each {@link #made}, and now and then,
   * without any lock of this object.
   *
   * @param endNanos by {@link System#nanoTime}
   * @param givenUp whether to stop waiting
   * @return false if the time was over, or it was given up, before
   */
  boolean await(Condition condition, long endNanos, BooleanSupplier givenUp)
      throws PositionException, InterruptedException {
    while (true) {
      long seen = steps();
      if (condition.holds()) {
        return true;
      }
      long left = (endNanos - System.nanoTime()) / 1_000_000;
      if (left <= 0 || givenUp.getAsBoolean()) {
        return false;
      }
      synchronized (this) {
        if (steps == seen) {
          waiting++;
          try {
            wait(Math.min(left, SLICE_MILLIS));
          } finally {
            waiting--;
          }
        }
      }
    }
  }
}
