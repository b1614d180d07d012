package io.trifold.tree;

import io.trifold.fuse.KernelCache;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Notices to the kernel. Those that a request gives rise to are sent by a thread of their own: the
 * kernel may not take them before it has that request's answer.
 */
final class Notices implements AutoCloseable {
  private final ExecutorService later =
      new ThreadPoolExecutor(
          0,
          1,
          10,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(),
          task -> {
            Thread thread = new Thread(task, "trifold-notices");
            thread.setDaemon(true);
            return thread;
          });
  private volatile KernelCache cache = KernelCache.NONE;

  void attach(KernelCache kernelCache) {
    cache = kernelCache;
  }

  /** To be called outside of requests and locks. */
  void send(Consumer<KernelCache> notice) {
    notice.accept(cache);
  }

  void sendLater(Consumer<KernelCache> notice) {
    later.execute(() -> notice.accept(cache));
  }

  @Override
  public void close() {
    later.shutdown();
  }
}
