package io.trifold.shared;

import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Lets calls through to the shared storage: so many at once, and none while it is away. A call that
 * took too long closes it, unless another one was answered since that call began; only a look at
 * the storage opens it again.
 */
final class Gate {
  /** What hangs keeps a thread each: with so many of them no more are risked. */
  static final int MOST_HANGING = 256;

  private final int places;
  private final LongSupplier nanos;
  private final InstantSource clock;

  private int inside;
  private int hanging;
  private long timedOut;
  private long lastAnswer;

  /** Why none are let through; empty if they are. */
  private String reason = "";

  private Instant since;

  Gate(int places, LongSupplier nanos, InstantSource clock) {
    this.places = places;
    this.nanos = nanos;
    this.clock = clock;
    this.lastAnswer = nanos.getAsLong();
    this.since = clock.instant();
  }

  /**
   * Takes a place, waiting for one if need be; to be followed by {@link #answered} or {@link
   * #gaveUp}.
   *
   * @param deadline until when to wait
   * @throws ErrnoException {@code EIO} while the storage is away, {@code ETIMEDOUT} at the deadline
   */
  synchronized void enter(long deadline) throws ErrnoException, InterruptedException {
    while (true) {
      if (!reason.isEmpty()) {
        throw new ErrnoException(Errno.EIO, "the shared storage is away");
      }
      if (inside < places) {
        inside++;
        return;
      }
      long left = deadline - nanos.getAsLong();
      if (left <= 0) {
        throw new ErrnoException(Errno.ETIMEDOUT, "the shared storage");
      }
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
  }

  /** A call came back in time, with whatever result. */
  synchronized void answered() {
    inside--;
    lastAnswer = nanos.getAsLong();
    notifyAll();
  }

  /**
   * Nobody waits any more for a call that is still under way.
   *
   * @param began when it began
   * @param late whether that is because it took too long
   * @return whether the gate was open until now, and is shut by that
   */
  synchronized boolean gaveUp(long began, boolean late) {
    inside--;
    hanging++;
    notifyAll();
    if (!late) {
      return false;
    }
    timedOut++;
    return (lastAnswer - began <= 0 || hanging >= MOST_HANGING) && shut("does not answer");
  }

  /** A call that was given up has come back. */
  synchronized void cameBack() {
    hanging--;
    lastAnswer = nanos.getAsLong();
  }

  /** Lets nobody through any more; whether that is new. */
  synchronized boolean shut(String why) {
    boolean wasOpen = reason.isEmpty();
    if (wasOpen) {
      since = clock.instant();
    }
    reason = why;
    notifyAll();
    return wasOpen;
  }

  /** Lets calls through again; whether that is new. */
  synchronized boolean open() {
    if (reason.isEmpty() || hanging >= MOST_HANGING) {
      return false;
    }
    reason = "";
    since = clock.instant();
    return true;
  }

  synchronized boolean isOpen() {
    return reason.isEmpty();
  }

  /** Returns when the gate is shut, and after a time at the latest. */
  synchronized void awaitShut(long atMostNanos) throws InterruptedException {
    long end = nanos.getAsLong() + atMostNanos;
    for (long left = atMostNanos; left > 0 && reason.isEmpty(); left = end - nanos.getAsLong()) {
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
  }

  /** Whether a call has come back since then. */
  synchronized boolean answeredSince(long then) {
    return lastAnswer - then > 0;
  }

  synchronized StorageHealth health() {
    return new StorageHealth(reason.isEmpty(), since, reason, inside, hanging, timedOut);
  }
}
