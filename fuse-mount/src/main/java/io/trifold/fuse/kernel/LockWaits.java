package io.trifold.fuse.kernel;

import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongFunction;

/**
 * Callers that wait for a lock. The lock is asked for again at growing intervals, since its holder
 * may be anybody, on another host too; and at once when a lock on the same node was given back
 * through this mount, in the order in which they came. A wait ends with the lock, an error, or
 * {@code EINTR} when the kernel says that the caller was interrupted.
 */
final class LockWaits {
  private static final long FIRST_DELAY_MILLIS = 1;
  private static final long LAST_DELAY_MILLIS = 64;

  /** Asks once; whether it was granted. */
  @FunctionalInterface
  interface Attempt {
    boolean granted() throws ErrnoException;
  }

  /** Takes a wait's end to the kernel. */
  @FunctionalInterface
  interface Answer {
    void send(Sender sender, long unique, int errno);
  }

  private enum State {
    /** Between two attempts. */
    IDLE,
    /** A thread is asking. */
    ASKING,
    /** A thread is asking, and something happened meanwhile that it must look at. */
    ASKING_AGAIN,
    ENDED
  }

  private final class Wait {
    final Sender sender;
    final long unique;
    final long node;
    final Attempt attempt;
    final AtomicReference<State> state = new AtomicReference<>(State.IDLE);
    volatile boolean interrupted;
    long delay = FIRST_DELAY_MILLIS;

    Wait(Sender sender, long unique, long node, Attempt attempt) {
      this.sender = sender;
      this.unique = unique;
      this.node = node;
      this.attempt = attempt;
    }

    /** Asks, unless another thread is just doing that, which will then do it once more. */
    void ask() {
      while (true) {
        switch (state.get()) {
          case IDLE -> {
            if (state.compareAndSet(State.IDLE, State.ASKING)) {
              askUntilQuiet();
              return;
            }
          }
          case ASKING -> {
            if (state.compareAndSet(State.ASKING, State.ASKING_AGAIN)) {
              return;
            }
          }
          default -> {
            return;
          }
        }
      }
    }

    private void askUntilQuiet() {
      do {
        state.set(State.ASKING);
        if (interrupted) {
          end(Errno.EINTR);
          return;
        }
        try {
          if (attempt.granted()) {
            end(0);
            return;
          }
        } catch (ErrnoException e) {
          end(e.errno());
          return;
        } catch (Throwable e) {
          failures.report("lock", e);
          end(Errno.EIO);
          return;
        }
      } while (!state.compareAndSet(State.ASKING, State.IDLE));
    }

    /** Ends it, if necessary by the thread that is asking. */
    void interrupt() {
      interrupted = true;
      while (true) {
        switch (state.get()) {
          case IDLE -> {
            if (state.compareAndSet(State.IDLE, State.ENDED)) {
              end(Errno.EINTR);
              return;
            }
          }
          case ASKING -> {
            if (state.compareAndSet(State.ASKING, State.ASKING_AGAIN)) {
              return;
            }
          }
          default -> {
            return;
          }
        }
      }
    }

    private void end(int errno) {
      state.set(State.ENDED);
      waits.remove(unique);
      answer.send(sender, unique, errno);
    }
  }

  private final LongFunction<Executor> executorOf;
  private final Answer answer;
  private final Failures failures;

  /** By the request's number, which grows: in the order of arrival. */
  private final ConcurrentNavigableMap<Long, Wait> waits = new ConcurrentSkipListMap<>();

  private final ScheduledThreadPoolExecutor clock;

  /**
   * @param executorOf where to ask for a lock on a node
   */
  LockWaits(LongFunction<Executor> executorOf, Answer answer, Failures failures) {
    this.executorOf = executorOf;
    this.answer = answer;
    this.failures = failures;
    clock = new ScheduledThreadPoolExecutor(1, Threads.named("fuse-locks"));
    clock.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  /** Asks until it is granted; returns without waiting for that. */
  void await(Sender sender, long unique, long node, Attempt attempt) {
    Wait wait = new Wait(sender, unique, node, attempt);
    waits.put(unique, wait);
    step(wait);
  }

  private void step(Wait wait) {
    run(
        wait,
        () -> {
          wait.ask();
          if (waits.containsKey(wait.unique)) {
            later(wait);
          }
        });
  }

  private void run(Wait wait, Runnable task) {
    try {
      executorOf.apply(wait.node).execute(task);
    } catch (RejectedExecutionException e) {
      // The session is ending, and the kernel with it gives up on the caller.
      waits.remove(wait.unique);
    }
  }

  private void later(Wait wait) {
    long delay = wait.delay;
    wait.delay = Math.min(delay * 2, LAST_DELAY_MILLIS);
    try {
      var unused = clock.schedule(() -> step(wait), delay, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      waits.remove(wait.unique);
    }
  }

  /** A lock on this node may have become free. */
  void retry(long node) {
    if (waits.isEmpty()) {
      return;
    }
    for (Wait wait : waits.values()) {
      if (wait.node == node) {
        run(wait, wait::ask);
      }
    }
  }

  /**
   * The caller of that request no longer wants to wait.
   *
   * @return false if no such request waits here
   */
  boolean interrupt(long unique) {
    Wait wait = waits.get(unique);
    if (wait == null) {
      return false;
    }
    wait.interrupt();
    return true;
  }

  /** Ends all threads; who still waits gets no answer. */
  void stop() {
    clock.shutdownNow();
    waits.clear();
  }
}
