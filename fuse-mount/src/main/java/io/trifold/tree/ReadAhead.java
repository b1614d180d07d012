package io.trifold.tree;

import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has directories read before a walk comes to them, on a thread that lives as long as there are
 * any. Where they are in memory already it lets the walk alone. Thread-safe; its callers never wait
 * for the disk.
 */
final class ReadAhead implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ReadAhead.class);

  /** After so many directories in a row that were in memory the walk is let alone. */
  static final int IN_MEMORY = 8;

  private static final long IDLE_MILLIS = 2_000;
  private static final long CLOSE_MILLIS = 2_000;

  /** Reads a directory, for the system to have it in memory. */
  @FunctionalInterface
  interface Reading {
    /** Whether the system had it in memory already. Of one thread. */
    boolean wasInMemory(Link directory);
  }

  private final Reading reading;

  /** Guarded by this, as all below. */
  private final WalkCourse course = new WalkCourse();

  private Thread thread;
  private boolean closed;

  ReadAhead(Reading reading) {
    this.reading = reading;
  }

  /** Somebody reads the directory from its beginning. */
  synchronized void entered(DirectoryNode directory) {
    course.entered(directory);
    wake();
  }

  /**
   * Somebody has read the directory to its end.
   *
   * @param names of the directories in it, in their order
   */
  synchronized void listed(DirectoryNode directory, List<String> names) {
    course.listed(directory, names);
    wake();
  }

  private void wake() {
    if (closed || !course.isDue()) {
      return;
    }
    if (thread == null) {
      thread = new Thread(this::run, "read-ahead");
      thread.setDaemon(true);
      thread.start();
    }
    notifyAll();
  }

  private void run() {
    int inMemory = 0;
    try {
      for (Optional<Link> next = await(); next.isPresent(); next = await()) {
        inMemory = reading.wasInMemory(next.get()) ? inMemory + 1 : 0;
        if (inMemory == IN_MEMORY) {
          inMemory = 0;
          letAlone();
        }
      }
    } catch (InterruptedException | RuntimeException e) {
      LOG.error("nothing is read ahead of this walk any more", e);
      ended();
    }
  }

  /** Empty if the thread is to end, as there was nothing to read for a while. */
  private synchronized Optional<Link> await() throws InterruptedException {
    long end = System.nanoTime() + IDLE_MILLIS * 1_000_000;
    while (!closed) {
      Optional<Link> next = course.next();
      if (next.isPresent()) {
        return next;
      }
      long left = (end - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        break;
      }
      wait(left);
    }
    thread = null;
    return Optional.empty();
  }

  private synchronized void letAlone() {
    course.letAlone();
  }

  private synchronized void ended() {
    course.letAlone();
    thread = null;
  }

  /** Waits until nothing is read any more, but not for a disk that does not answer. */
  @Override
  public void close() {
    Thread last;
    synchronized (this) {
      closed = true;
      last = thread;
      notifyAll();
    }
    if (last != null) {
      try {
        last.join(CLOSE_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
