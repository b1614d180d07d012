package io.trifold.replica;

import io.trifold.queue.QueueException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;

/**
 * Work that goes on beside its caller. Who began it waits for it, whatever happens: what it works
 * on is the caller's. An interruption does not end the wait, and is kept.
 */
final class SideTask<T> {
  private final CompletableFuture<T> future;

  private SideTask(CompletableFuture<T> future) {
    this.future = future;
  }

  /** What is done. */
  @FunctionalInterface
  interface Work<T> {
    T run() throws QueueException;
  }

  /** Begins it; by an executor that is the calling thread, it is over when this returns. */
  static <T> SideTask<T> begin(Executor executor, Work<T> work) {
    return new SideTask<>(
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return work.run();
              } catch (QueueException e) {
                throw new CompletionException(e);
              }
            },
            executor));
  }

  /**
   * Waits for its result.
   *
   * @throws QueueException what it met
   */
  T await() throws QueueException {
    try {
      return future.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof QueueException met) {
        throw met;
      }
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException("work beside failed", e.getCause());
    }
  }

  /** Waits until it is over, whatever comes of it. */
  void settle() {
    future.handle((result, failure) -> null).join();
  }
}
