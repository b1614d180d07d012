package io.trifold.fuse.kernel;

import io.trifold.posix.ErrnoException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads that read requests, all from one descriptor, and serve them. The kernel wakes one for
 * each request, so that a few idle ones cost nothing; when the last idle one takes a request
 * another is started, up to {@link #MAX}. They do disk I/O of the local kind: more of them than a
 * disk serves at once would only wait in another place.
 */
final class Workers {
  private static final Logger LOG = LoggerFactory.getLogger(Workers.class);
  private static final int MIN = 4;
  private static final int MAX = 16;

  /** How many requests in a row a thread serves while it is not needed, before it ends. */
  private static final int UNNEEDED = 1000;

  private final Device device;
  private final Dispatcher dispatcher;
  private final Runnable abort;
  private final Runnable ended;
  private final ThreadFactory threads = Threads.named("fuse-worker");
  private final AtomicInteger alive = new AtomicInteger();
  private final AtomicInteger idle = new AtomicInteger();
  private volatile boolean draining;

  /**
   * @param abort ends the mount, after a failure that leaves it without service
   * @param ended is run by the last thread, when it is no longer mounted
   */
  Workers(Device device, Dispatcher dispatcher, Runnable abort, Runnable ended) {
    this.device = device;
    this.dispatcher = dispatcher;
    this.abort = abort;
    this.ended = ended;
  }

  void start() {
    alive.set(MIN);
    for (int i = 0; i < MIN; i++) {
      threads.newThread(this::run).start();
    }
  }

  /** Lets each thread end with the request that it serves or reads next. */
  void drain() {
    draining = true;
  }

  private void grow() {
    int count = alive.get();
    if (!draining && count < MAX && count > 0 && alive.compareAndSet(count, count + 1)) {
      threads.newThread(this::run).start();
    }
  }

  private void run() {
    AtomicLong current = dispatcher.inFlight().addReader();
    try {
      serve(current);
    } catch (Throwable e) {
      LOG.error("A thread that serves requests has failed; the mount ends", e);
      abort.run();
    } finally {
      dispatcher.inFlight().removeReader(current);
      if (alive.decrementAndGet() == 0) {
        ended.run();
      }
    }
  }

  private void serve(AtomicLong current) throws ErrnoException {
    Buffers buffers = new Buffers();
    Request request = buffers.request();
    int unneeded = 0;
    while (true) {
      idle.incrementAndGet();
      int received = device.receive(buffers.memory(), Buffers.REQUEST_SIZE);
      if (idle.decrementAndGet() == 0 && received >= 0) {
        grow();
      }
      if (received < 0) {
        return;
      }
      request.begin(received, device);
      // A wait for a lock can be interrupted only once it is known as such, so it is not noted
      // here: until then an INTERRUPT is to come again.
      boolean waits = request.opcode() == Opcode.SETLKW.number();
      current.set(waits ? 0 : request.unique());
      dispatcher.dispatch(request, buffers.reply());
      current.set(0);
      unneeded = alive.get() > MIN && idle.get() >= MIN ? unneeded + 1 : 0;
      if (draining || unneeded == UNNEEDED) {
        return;
      }
    }
  }
}
