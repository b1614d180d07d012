package io.trifold.tree;

import io.trifold.fuse.KernelCache;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices to the kernel. Those that a request gives rise to are sent by a thread of their own: the
 * kernel may not take them before it has that request's answer.
 */
final class Notices implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Notices.class);
  private static final int KEEP_ALIVE_SECONDS = 10;

  private final ScheduledThreadPoolExecutor later =
      new ScheduledThreadPoolExecutor(
          1,
          task -> {
            Thread thread = new Thread(task, "trifold-notices");
            thread.setDaemon(true);
            return thread;
          });
  private volatile KernelCache cache = KernelCache.NONE;

  Notices() {
    later.setKeepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS);
    later.allowCoreThreadTimeOut(true);
    later.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  void attach(KernelCache kernelCache) {
    cache = kernelCache;
  }

  /** To be called outside of requests and locks. */
  void send(Consumer<KernelCache> notice) {
    notice.accept(cache);
  }

  void sendLater(Consumer<KernelCache> notice) {
    sendAfter(0, notice);
  }

  /** Sends it when so much time has passed. */
  void sendAfter(long nanos, Consumer<KernelCache> notice) {
    try {
      var unused = later.schedule(() -> trySend(notice), nanos, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      LOG.debug("A notice came when the mount was gone", e);
    }
  }

  private void trySend(Consumer<KernelCache> notice) {
    try {
      send(notice);
    } catch (RuntimeException e) {
      LOG.error("A notice to the kernel failed", e);
    }
  }

  @Override
  public void close() {
    later.shutdown();
  }
}
