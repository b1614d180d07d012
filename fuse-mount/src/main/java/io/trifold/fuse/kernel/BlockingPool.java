package io.trifold.fuse.kernel;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Threads for requests that may block for long: with storage that hangs they hang, and nobody else
 * does. There are as many as requests, so that none waits behind those that hang: merged
 * directories are served here too. Only beyond {@link #MAX_THREADS} they queue, each with a copy of
 * its bytes; the queue is no longer than there are callers, and those who hang give up in time.
 */
final class BlockingPool implements Executor {
  private static final int MAX_THREADS = 1024;
  private static final long KEEP_ALIVE_SECONDS = 30;

  private final ThreadPoolExecutor executor =
      new ThreadPoolExecutor(
          0,
          MAX_THREADS,
          KEEP_ALIVE_SECONDS,
          TimeUnit.SECONDS,
          new HandOver(),
          Threads.named("fuse-blocking"),
          BlockingPool::enqueue);

  /** Takes a task only if a thread waits for it, which has the pool make another one. */
  private static final class HandOver extends LinkedTransferQueue<Runnable> {
    private static final long serialVersionUID = 1L;

    @Override
    public boolean offer(Runnable task) {
      return tryTransfer(task);
    }

    void enqueue(Runnable task) {
      super.offer(task);
    }
  }

  /** There is neither an idle thread nor room for one more. */
  private static void enqueue(Runnable task, ThreadPoolExecutor executor) {
    if (executor.isShutdown()) {
      throw new RejectedExecutionException("the mount has ended");
    }
    ((HandOver) executor.getQueue()).enqueue(task);
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
