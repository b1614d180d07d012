package io.trifold.shared;

import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Something that may hang, run by one thread and awaited by another, which may give it up. A call
 * that was given up before it began is not made; what one brings that comes back later is
 * discarded.
 */
final class Call<T> {
  private enum State {
    WAITING,
    RUNNING,
    RETURNED,
    GIVEN_UP
  }

  private final Callable<T> work;
  private final Consumer<? super T> discard;
  private final LongSupplier nanos;

  private State state = State.WAITING;
  private long lastStep;
  private boolean cancelled;
  private T result;
  private Throwable failure;

  /**
   * @param discard undoes what a late result would hold
   */
  Call(Callable<T> work, Consumer<? super T> discard, LongSupplier nanos) {
    this.work = work;
    this.discard = discard;
    this.nanos = nanos;
    this.lastStep = nanos.getAsLong();
  }

  /** Makes the call, on this thread; whether it came back in time. */
  boolean run() {
    if (!start()) {
      return false;
    }
    T made = null;
    Throwable thrown = null;
    try {
      made = work.call();
    } catch (Throwable e) {
      thrown = e;
    }
    if (finish(made, thrown)) {
      return true;
    }
    if (thrown == null) {
      discard.accept(made);
    }
    return false;
  }

  private synchronized boolean start() {
    if (state == State.GIVEN_UP) {
      return false;
    }
    state = State.RUNNING;
    return true;
  }

  private synchronized boolean finish(T made, Throwable thrown) {
    if (state == State.GIVEN_UP) {
      return false;
    }
    state = State.RETURNED;
    result = made;
    failure = thrown;
    notifyAll();
    return true;
  }

  /** One of several steps of the work is done, or begins: its time counts from here. */
  synchronized void step() {
    lastStep = nanos.getAsLong();
  }

  /** Has the work end here if nobody waits for it any more. */
  synchronized void requireWanted() throws ErrnoException {
    if (state == State.GIVEN_UP) {
      throw new ErrnoException(Errno.ETIMEDOUT, "nobody waits for it any more");
    }
  }

  /**
   * Waits for its end.
   *
   * @param limit how many nanoseconds a step may take
   * @return whether it has ended
   */
  synchronized boolean await(long limit) throws InterruptedException {
    while (state != State.RETURNED) {
      long left = lastStep + limit - nanos.getAsLong();
      if (left <= 0 || cancelled) {
        return false;
      }
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    return true;
  }

  /** Has nobody wait for it any more. */
  synchronized void cancel() {
    cancelled = true;
    notifyAll();
  }

  synchronized boolean isCancelled() {
    return cancelled;
  }

  /** Waits for it no longer; false if it has ended just now. */
  synchronized boolean giveUp() {
    if (state == State.RETURNED) {
      return false;
    }
    state = State.GIVEN_UP;
    return true;
  }

  /** What it brought, once it has ended in time. */
  synchronized T result() throws Throwable {
    if (failure != null) {
      throw failure;
    }
    return result;
  }
}
