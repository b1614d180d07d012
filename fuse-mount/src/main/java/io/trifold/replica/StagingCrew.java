package io.trifold.replica;

import io.trifold.queue.QueueException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Threads that stage the files of one group together: while one waits for the database or the disk,
 * another writes. The group's order is kept by who swaps them in.
 */
final class StagingCrew implements AutoCloseable {
  /** Below so many, to hand them out costs more than it brings. */
  private static final int FEW = 4;

  private final int threads;
  private final ExecutorService helpers;

  private StagingCrew(int threads, ExecutorService helpers) {
    this.threads = threads;
    this.helpers = helpers;
  }

  /** The calling thread alone, one after the other. */
  static StagingCrew none() {
    return new StagingCrew(1, null);
  }

  /** So many threads, the calling one among them. */
  static StagingCrew of(int threads) {
    AtomicInteger number = new AtomicInteger();
    return new StagingCrew(
        threads,
        Executors.newCachedThreadPool(
            work -> {
              Thread thread = new Thread(work, "trifold-stage-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            }));
  }

  /** Where other work can be done beside; the calling thread if there is nobody else. */
  Executor helpers() {
    return helpers == null ? Runnable::run : helpers;
  }

  /** What is done with each. */
  @FunctionalInterface
  interface Work<T> {
    void on(T item) throws QueueException;
  }

  /**
   * Does it with all of them, in no order, and returns when nobody is at work any more.
   *
   * @throws QueueException the first that met one of them; then not all were worked on
   */
  <T> void forEach(List<T> items, Work<T> work) throws QueueException {
    if (helpers == null || items.size() < FEW) {
      for (T item : items) {
        work.on(item);
      }
      return;
    }
    AtomicInteger next = new AtomicInteger();
    List<SideTask<Void>> others = new ArrayList<>();
    for (int i = 1; i < Math.min(threads, items.size()); i++) {
      others.add(
          SideTask.begin(
              helpers,
              () -> {
                workOn(items, next, work);
                return null;
              }));
    }
    try {
      workOn(items, next, work);
    } finally {
      // Also where this one failed: what is half staged must be known to be discarded.
      others.forEach(SideTask::settle);
    }
    for (SideTask<Void> other : others) {
      other.await();
    }
  }

  private static <T> void workOn(List<T> items, AtomicInteger next, Work<T> work)
      throws QueueException {
    for (int i = next.getAndIncrement(); i < items.size(); i = next.getAndIncrement()) {
      try {
        work.on(items.get(i));
      } catch (QueueException | RuntimeException | Error e) {
        next.set(items.size());
        throw e;
      }
    }
  }

  @Override
  public void close() {
    if (helpers != null) {
      helpers.shutdown();
    }
  }
}
