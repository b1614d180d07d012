package io.trifold.replica;

import io.trifold.queue.QueueException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;

/**
 * Work that goes on beside its caller. Who began it waits for it, whatever happens: what it works
 * on is the caller's.
 */
final class SideTask<T> {
  private final FutureTask<T> task;

  private SideTask(FutureTask<T> task) {
    this.task = task;
  }

  /** What is done. */
  @FunctionalInterface
  interface Work<T> {
    T run() throws QueueException;
  }

  /** Begins it; by an executor that is the calling thread, it is over when this returns. */
  static <T> SideTask<T> begin(Executor executor, Work<T> work) {
    Callable<T> callable = work::run;
    FutureTask<T> task = new FutureTask<>(callable);
    executor.execute(task);
    return new SideTask<>(task);
  }

  /**
   * Waits for its result; an interruption is kept for later.
   *
   * @throws QueueException what it met
   */
  T await() throws QueueException {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return task.get();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof QueueException met) {
        throw met;
      }
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException("work beside failed", e.getCause());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
