package io.trifold.fuse.kernel;

import io.trifold.posix.IoUring;
import io.trifold.posix.Processors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * FUSE over io_uring (Linux 6.14, where {@code /sys/module/fuse/parameters/enable_uring} is on):
 * each processor has a queue of its own, and a request is served on the processor on which its
 * caller runs. So neither a caller nor who serves it is woken on another processor, which takes
 * several times as long as all else. Only what needs no answer still comes by the device.
 *
 * <p>A queue has a few threads, and gets more when all of them are busy, as they may wait for the
 * disk. The kernel wants a queue for each processor that there could ever be: those that are not
 * there share one thread.
 */
final class RingQueues {
  private static final Logger LOG = LoggerFactory.getLogger(RingQueues.class);
  private static final int MIN = 4;
  private static final int MAX = 16;

  private final Device device;
  private final Dispatcher dispatcher;
  private final Runnable abort;
  private final ThreadFactory threads = Threads.named("fuse-ring");
  private boolean stopped;
  private int alive;

  RingQueues(Device device, Dispatcher dispatcher, Runnable abort) {
    this.device = device;
    this.dispatcher = dispatcher;
    this.abort = abort;
  }

  /** Whether this process can serve them; whether the kernel offers them is agreed on with it. */
  static boolean arePossible() {
    return IoUring.isAvailable();
  }

  void start() throws IOException {
    List<Integer> absent = new ArrayList<>();
    for (int processor = 0; processor < Processors.possible(); processor++) {
      if (Files.exists(Path.of("/sys/devices/system/cpu/cpu" + processor + "/topology"))) {
        new Queue(processor).start();
      } else {
        absent.add(processor);
      }
    }
    if (!absent.isEmpty()) {
      begin(new RingThread(device, dispatcher, absent, new AtomicInteger(), () -> {}), true);
    }
  }

  /**
   * Makes no more threads, and waits until those there are have ended, as they do when the mount
   * has: they name the device by its descriptor, which must be open until then.
   */
  synchronized void stop() throws InterruptedException {
    stopped = true;
    while (alive > 0) {
      wait();
    }
  }

  /**
   * @param needed whether nothing works without it
   */
  private synchronized void begin(RingThread thread, boolean needed) {
    if (!stopped) {
      threads.newThread(() -> run(thread, needed)).start();
      alive++;
    }
  }

  private synchronized void ended() {
    alive--;
    notifyAll();
  }

  private void run(RingThread thread, boolean needed) {
    try {
      thread.serve();
    } catch (Throwable e) {
      if (needed) {
        LOG.error("A thread that serves requests has failed; the mount ends", e);
        abort.run();
      } else {
        // Begun when the mount was about to end, for one; the others go on.
        LOG.warn("No more threads for processor {}: {}", thread, e.getMessage());
      }
    } finally {
      ended();
    }
  }

  /** One processor's. */
  private final class Queue {
    final List<Integer> processor;
    final AtomicInteger idle = new AtomicInteger();
    final AtomicInteger count = new AtomicInteger();

    Queue(int processor) {
      this.processor = List.of(processor);
    }

    void start() {
      count.set(MIN);
      for (int i = 0; i < MIN; i++) {
        begin(true);
      }
    }

    void grow() {
      int now = count.get();
      if (now < MAX && count.compareAndSet(now, now + 1)) {
        begin(false);
      }
    }

    private void begin(boolean needed) {
      RingQueues.this.begin(
          new RingThread(device, dispatcher, processor, idle, this::grow), needed);
    }
  }
}
