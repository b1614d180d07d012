package io.trifold.replica;

import io.trifold.queue.FarmLog;
import io.trifold.queue.PathState;
import io.trifold.queue.QueueException;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;

/**
 * The latest event of each path, page by page: the next one is read while the caller is at work on
 * the one before. Of one thread.
 */
final class StatePages {
  private final FarmLog log;
  private final int size;
  private final Executor reader;
  private String after = "";
  private FutureTask<List<PathState>> next;

  /**
   * Begins to read.
   *
   * @param reader where the next page is read
   */
  StatePages(FarmLog log, int size, Executor reader) {
    this.log = log;
    this.size = size;
    this.reader = reader;
    next = begin();
  }

  private FutureTask<List<PathState>> begin() {
    String from = after;
    FutureTask<List<PathState>> reading = new FutureTask<>(() -> log.states(from, size));
    reader.execute(reading);
    return reading;
  }

  /** The next page; empty if there are no more. */
  List<PathState> next() throws QueueException {
    List<PathState> page = await();
    if (page.size() == size) {
      after = page.get(page.size() - 1).path();
      next = begin();
    } else {
      next = new FutureTask<>(List::of);
      next.run();
    }
    return page;
  }

  private List<PathState> await() throws QueueException {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return next.get();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof QueueException cause) {
        throw cause;
      }
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException("cannot read the paths' states", e.getCause());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
