package io.trifold.replica;

import io.trifold.queue.FarmLog;
import io.trifold.queue.PathState;
import io.trifold.queue.QueueException;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * The latest event of each path, page by page: the next one is read while the caller is at work on
 * the one before. Of one thread.
 */
final class StatePages {
  private final FarmLog log;
  private final int size;
  private final Executor reader;
  private String after = "";
  private SideTask<List<PathState>> next;

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

  private SideTask<List<PathState>> begin() {
    String from = after;
    return SideTask.begin(reader, () -> log.states(from, size));
  }

  /** The next page; empty if there are no more. */
  List<PathState> next() throws QueueException {
    List<PathState> page = next.await();
    if (page.size() == size) {
      after = page.get(page.size() - 1).path();
      next = begin();
    } else {
      next = SideTask.begin(Runnable::run, List::of);
    }
    return page;
  }
}
