package io.trifold.logs;

import io.trifold.posix.ErrnoException;
import io.trifold.queue.QueueException;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that makes steps as long as there is something to do. A step that fails is repeated,
 * ever later, and its failure stands in the status meanwhile; one that fails as none should ends
 * the thread, which stands there for good.
 */
final class Worker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Worker.class);
  private static final long FIRST_PAUSE = 100;
  private static final long LONGEST_PAUSE = 5_000;
  private static final long STOP_MILLIS = 10_000;

  /** A piece of work. */
  interface Step {
    /** Does it; false if there was nothing to do, and it has waited. */
    boolean run() throws QueueException, IOException, ErrnoException, InterruptedException;
  }

  private final String about;
  private final Step step;
  private final LogCounts counts;
  private final Thread thread;
  private final Object pause = new Object();
  private volatile boolean stopping;

  Worker(String name, String about, Step step, LogCounts counts) {
    this.about = about;
    this.step = step;
    this.counts = counts;
    this.thread = new Thread(this::live, "trifold-" + name);
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  boolean isStopping() {
    return stopping;
  }

  @SuppressWarnings("CatchingUnchecked") // Whatever ends the thread is to be seen in the status.
  private void live() {
    try {
      run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      counts.problem(about, "the thread was interrupted; unmount and mount again");
    } catch (RuntimeException | Error e) {
      LOG.error("{}: the thread died", about, e);
      counts.problem(about, "the thread died: " + e + "; unmount and mount again");
    }
  }

  private void run() throws InterruptedException {
    long millis = FIRST_PAUSE;
    while (!stopping) {
      try {
        step.run();
        counts.problem(about, "");
        millis = FIRST_PAUSE;
      } catch (QueueException | IOException | ErrnoException e) {
        LOG.debug("{}", about, e);
        if (!stopping) {
          counts.problem(about, String.valueOf(e.getMessage()));
        }
        pause(millis);
        millis = Math.min(2 * millis, LONGEST_PAUSE);
      }
    }
  }

  /** Waits; not beyond the end. */
  void pause(long millis) throws InterruptedException {
    synchronized (pause) {
      long end = System.nanoTime() + millis * 1_000_000;
      while (!stopping && System.nanoTime() - end < 0) {
        pause.wait(millis);
      }
    }
  }

  /** Ends it after the step under way. Never by an interrupt: that would close its files. */
  void stop() {
    synchronized (pause) {
      stopping = true;
      pause.notifyAll();
    }
  }

  /** Waits for its end. */
  @Override
  public void close() {
    stop();
    try {
      thread.join(STOP_MILLIS);
      if (thread.isAlive()) {
        LOG.warn("the thread {} does not end", thread.getName());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
