package io.trifold.replica;

import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Writes marks to the journal, in groups: whatever was marked while the last group was written is
 * the next one. A caller who needs a mark durable waits for the group that has it.
 */
final class MarkWriter {
  private static final long LOOK_MILLIS = 200;

  private final DirtySet dirty;
  private final Journal journal;
  private long recorded;
  private boolean wanted;
  private boolean closed;

  MarkWriter(DirtySet dirty, Journal journal) {
    this.dirty = dirty;
    this.journal = journal;
  }

  /** There are new marks. */
  synchronized void nudge() {
    if (!wanted) {
      wanted = true;
      notifyAll();
    }
  }

  /**
   * Waits until every mark made so far is durable.
   *
   * @param givesUp whether to wait no more, as the journal waits itself
   * @return false if it waits, or is not written any more
   */
  boolean persist(BooleanSupplier givesUp) throws InterruptedException {
    long generation = dirty.generation();
    synchronized (this) {
      while (recorded < generation) {
        if (closed || givesUp.getAsBoolean()) {
          return false;
        }
        wanted = true;
        notifyAll();
        wait(LOOK_MILLIS);
      }
      return true;
    }
  }

  /** Writes groups until it is closed; pauses a little before each, for more to come together. */
  void run(long pauseMillis) throws InterruptedException {
    try {
      while (awaitMarks()) {
        Thread.sleep(pauseMillis);
        writeGroup();
      }
      writeGroup();
    } finally {
      close();
    }
  }

  private synchronized boolean awaitMarks() throws InterruptedException {
    while (!wanted && !closed) {
      wait();
    }
    wanted = false;
    return !closed;
  }

  /** Writes what was marked until now. */
  void writeGroup() {
    // The generation first: a mark made in between is in this group or in the next one.
    long generation = dirty.generation();
    dirty.recording().lock();
    try {
      List<Mark> marks =
          dirty.unrecorded().stream().filter(mark -> dirty.isDirty(mark.path())).toList();
      journal.commit(new JournalUpdate().mark(marks));
    } finally {
      dirty.recording().unlock();
    }
    synchronized (this) {
      recorded = Math.max(recorded, generation);
      notifyAll();
    }
  }

  synchronized void close() {
    closed = true;
    notifyAll();
  }
}
