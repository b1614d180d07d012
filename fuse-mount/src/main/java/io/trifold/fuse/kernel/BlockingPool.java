package io.trifold.fuse.kernel;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Threads for requests that may block for long: with storage that hangs they hang, and nobody else
 * does. There are as many as needed up to {@link #MAX_THREADS}; then requests queue, each with a
 * copy of its bytes. The queue has no bound of its own: its callers wait for their answers, so that
 * it is no longer than there are callers.
 */
final class BlockingPool implements Executor {
  private static final int MAX_THREADS = 32;
  private static final long KEEP_ALIVE_SECONDS = 30;

  private final ThreadPoolExecutor executor =
      new ThreadPoolExecutor(
          MAX_THREADS,
          MAX_THREADS,
          KEEP_ALIVE_SECONDS,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(),
          Threads.named("fuse-blocking"));

  BlockingPool() {
    executor.allowCoreThreadTimeOut(true);
  }

  @Override
  public void execute(Runnable task) {
    executor.execute(task);
  }

  /** Takes no more; what runs is interrupted, and not waited for. */
  void stop() {
    executor.shutdownNow();
  }
}
