package io.trifold.replica;

import io.trifold.fuse.Interruption;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.queue.FarmLog;
import io.trifold.queue.QueueException;
import io.trifold.rules.Options;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Closes and fsyncs that return only when the change is in the queue, or on every host. Each waits
 * on its caller's own thread, for its path alone.
 */
final class Settling {
  private static final long FIRST_PAUSE_MILLIS = 1;
  private static final long LONGEST_PAUSE_MILLIS = 50;

  /** What is to be known of the host. Its methods do not wait. */
  interface Standpoint {
    /** The session with the log; empty before there was one. */
    Optional<FarmLog> log();

    /** Why propagation has stopped, if it has. */
    Optional<String> stopped();

    /** For how long the queue has been away; 0 if it is there. */
    long awayNanos();

    /** Has capture look for work. */
    void hurry();
  }

  private final Standpoint host;
  private final DirtySet dirty;
  private final Journal journal;
  private final Progress progress;

  /** Up to here, all hosts that are live have said that they have it. Guarded by this. */
  private long everywhere;

  /** The log that this was said of. Guarded by this. */
  private Optional<UUID> epoch = Optional.empty();

  Settling(Standpoint host, DirtySet dirty, Journal journal, Progress progress) {
    this.host = host;
    this.dirty = dirty;
    this.journal = journal;
    this.progress = progress;
  }

  /**
   * Waits until what was changed at the path is where its rule wants it.
   *
   * @throws ErrnoException {@code ETIMEDOUT} after the rule's limit, and at once where the queue
   *     has been away for longer than that; {@code EINTR} if the caller was interrupted
   */
  void settle(String path, Options options) throws ErrnoException {
    long limit = options.syncTimeout().toNanos();
    long end = System.nanoTime() + limit;
    try {
      if (dirty.isDirty(path)) {
        if (host.awayNanos() > limit) {
          throw late(path, "the queue is away");
        }
        awaitQueued(path, end);
      }
      if (options.sync() == Options.Sync.APPLIED) {
        awaitApplied(path, end);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ErrnoException(Errno.EINTR, path);
    } catch (PositionException e) {
      throw new ErrnoException(Errno.EIO, path + ": " + e.getMessage());
    }
  }

  private static ErrnoException late(String path, String reason) {
    return new ErrnoException(Errno.ETIMEDOUT, path + ": " + reason);
  }

  private void awaitQueued(String path, long end)
      throws ErrnoException, PositionException, InterruptedException {
    long generation = dirty.generation();
    dirty.hurry(path);
    try {
      host.hurry();
      if (!progress.await(() -> isQueued(path, generation), end, Interruption::raised)) {
        throw Interruption.raised()
            ? new ErrnoException(Errno.EINTR, path)
            : late(path, "not in the queue within the limit");
      }
    } finally {
      dirty.hurried(path);
    }
  }

  private boolean isQueued(String path, long generation) throws PositionException {
    if (!dirty.isDirtySince(path, generation)) {
      return true;
    }
    Optional<String> stopped = host.stopped();
    if (stopped.isPresent()) {
      throw new PositionException(PositionException.Cause.STOPPED, stopped.get());
    }
    return false;
  }

  private void awaitApplied(String path, long end) throws ErrnoException, InterruptedException {
    long version = journal.entry(path).map(IndexEntry::version).orElse(0L);
    long pause = FIRST_PAUSE_MILLIS;
    while (true) {
      String behind = behind(version);
      if (behind.isEmpty()) {
        return;
      }
      if (System.nanoTime() - end > 0) {
        throw late(path, "not applied within the limit by " + behind);
      }
      if (Interruption.raised()) {
        throw new ErrnoException(Errno.EINTR, path);
      }
      Thread.sleep(pause);
      pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
    }
  }

  /** Who is; one asks at a time, as the others may not need to after it. */
  private synchronized String behind(long version) {
    Optional<FarmLog> log = host.log();
    if (log.isPresent() && !epoch.equals(Optional.of(log.get().epoch()))) {
      epoch = Optional.of(log.get().epoch());
      everywhere = 0;
    }
    if (version <= everywhere) {
      return "";
    }
    if (log.isEmpty()) {
      return "a queue that was not reached yet";
    }
    try {
      List<String> names = log.get().behind(version);
      if (names.isEmpty()) {
        everywhere = version;
      }
      return String.join(", ", names);
    } catch (QueueException e) {
      return "hosts unknown: " + e.getMessage();
    }
  }
}
