package io.trifold.fuse.kernel;

import io.trifold.fuse.FuseOperations;
import io.trifold.fuse.KernelCache;
import io.trifold.fuse.Transport;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A mount that is served: from the kernel's agreement to the last thread's end. */
final class KernelSession implements Transport.Session {
  private static final Logger LOG = LoggerFactory.getLogger(KernelSession.class);

  /** How long an unmounted filesystem may take to end before it is made to. */
  private static final long GRACE_SECONDS = 1;

  private static final long LIMIT_SECONDS = 30;

  private final Mounting mounting;
  private final Device device;
  private final Agreement agreement;
  private final Dispatcher dispatcher;
  private final Workers workers;
  private final RingQueues rings;
  private final Notices notices;
  private final CountDownLatch ended = new CountDownLatch(1);
  private final AtomicBoolean closing = new AtomicBoolean();

  KernelSession(Mounting mounting, Agreement agreement, FuseOperations operations) {
    this.mounting = mounting;
    this.device = mounting.device();
    this.agreement = agreement;
    notices = new Notices(device, agreement.minor());
    dispatcher = new Dispatcher(device, operations, notices, agreement);
    workers = new Workers(device, dispatcher, mounting::abort, this::end);
    rings = new RingQueues(device, dispatcher, mounting::abort);
  }

  void start() throws IOException {
    workers.start();
    if (agreement.has(Agreement.OVER_IO_URING)) {
      rings.start();
    }
  }

  /** Returns when a request has gone all the way and back. */
  void probe() throws IOException {
    try {
      int root = Posix.open(mounting.mountPoint(), Posix.O_PATH | Posix.O_DIRECTORY, 0);
      try {
        Posix.statFs(root);
      } finally {
        Posix.close(root);
      }
    } catch (ErrnoException e) {
      throw new IOException(
          mounting.mountPoint() + " is mounted but does not answer: " + e.getMessage(), e);
    }
  }

  /**
   * Ends the service while files are open: each thread that reads requests ends with the next one,
   * so they are sent as many as it takes. With the last thread the descriptor is closed, and the
   * kernel answers everybody else itself. On a thread of its own, for if all of them hang so does
   * this. Over io_uring the kernel ends it at once: nothing that is sent reaches all threads.
   */
  private void drain(int root) {
    workers.drain();
    if (agreement.has(Agreement.OVER_IO_URING)) {
      mounting.abort();
    }
    try {
      while (ended.getCount() > 0) {
        Posix.statFs(root);
      }
    } catch (ErrnoException e) {
      LOG.debug("Drained: {}", e.getMessage());
    } finally {
      Posix.close(root);
    }
  }

  /** When the device has nobody any more who reads requests from it. */
  private void end() {
    try {
      rings.stop();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    dispatcher.stop();
    device.close();
    mounting.disconnect();
    ended.countDown();
  }

  @Override
  public KernelCache kernelCache() {
    return notices;
  }

  @Override
  public boolean passthrough() {
    return dispatcher.backings().enabled();
  }

  @Override
  public String describe() {
    return agreement.describe();
  }

  @Override
  public void awaitEnd() throws InterruptedException {
    ended.await();
  }

  @Override
  public void close() {
    if (!closing.compareAndSet(false, true)) {
      return;
    }
    try {
      int root = mounting.unmount();
      if (root != Mounting.IDLE) {
        Threads.named("fuse-drain").newThread(() -> drain(root)).start();
      }
    } catch (IOException e) {
      LOG.error("{}", e.getMessage());
    }
    try {
      // Who still has files open, or has it in a mount namespace of their own, keeps it alive.
      if (!ended.await(GRACE_SECONDS, TimeUnit.SECONDS)) {
        mounting.abort();
        if (!ended.await(LIMIT_SECONDS, TimeUnit.SECONDS)) {
          LOG.warn("{} is unmounted, but a request is still under way", mounting.mountPoint());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
