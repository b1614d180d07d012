package io.trifold.replica;

import io.trifold.queue.QueueException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.BooleanSupplier;

/**
 * Positions for those who want to read on one host what they wrote on another: where this host is,
 * and waiting for it to be somewhere. Thread-safe.
 */
public final class Positions {
  /** What is to be known of the host. Its methods do not wait, but for {@link #head}. */
  interface Standpoint {
    /** The log's identity; empty as long as the host knows none. */
    Optional<UUID> epoch();

    /** Whether all that was changed while nobody looked is marked. */
    boolean scanned();

    /** The latest position that may be of an event of this host; empty if it is not known yet. */
    OptionalLong own();

    Reached reached();

    /** Why propagation has stopped, if it has. */
    Optional<String> stopped();

    /** The end of the log, by asking the database; empty if it is away. */
    OptionalLong head() throws QueueException;

    /** Why it may take longer; empty if nothing is known to be wrong. */
    Optional<String> trouble();
  }

  private final Standpoint host;
  private final DirtySet dirty;
  private final Progress progress;
  private final Runnable hurry;

  /**
   * @param hurry has the workers look for work
   */
  Positions(Standpoint host, DirtySet dirty, Progress progress, Runnable hurry) {
    this.host = host;
    this.dirty = dirty;
    this.progress = progress;
    this.hurry = hurry;
  }

  /**
   * The position that covers all that was done on this host until now: each change of a propagated
   * path, and all that was to be seen here of other hosts. Waits until what is changed is in the
   * log.
   *
   * @param givenUp whether to stop waiting; asked on this thread
   */
  public LogPosition current(Duration limit, BooleanSupplier givenUp)
      throws PositionException, InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    // What a scan finds was changed before, too.
    await(host::scanned, end, givenUp, "what was changed before the mount is still looked for");
    DirtySet.Barrier barrier = dirty.barrier();
    try {
      hurry.run();
      await(() -> dirty.isPast(barrier), end, givenUp, "not all that was changed is in the queue");
      await(() -> host.own().isPresent(), end, givenUp, "the queue was not reached yet");
    } finally {
      dirty.drop(barrier);
    }
    long number = Math.max(host.own().getAsLong(), host.reached().applied());
    return LogPosition.of(number, host.epoch().orElseThrow());
  }

  private void await(
      Progress.Condition condition, long end, BooleanSupplier givenUp, String otherwise)
      throws PositionException, InterruptedException {
    if (!progress.await(() -> condition.holds() || isStopped(), end, givenUp)) {
      throw unmet(givenUp, otherwise + host.trouble().map(t -> ": " + t).orElse(""));
    }
  }

  private boolean isStopped() throws PositionException {
    Optional<String> reason = host.stopped();
    if (reason.isPresent()) {
      throw new PositionException(PositionException.Cause.STOPPED, reason.get());
    }
    return false;
  }

  private static PositionException unmet(BooleanSupplier givenUp, String message) {
    return givenUp.getAsBoolean()
        ? new PositionException(PositionException.Cause.GIVEN_UP, "interrupted: " + message)
        : new PositionException(PositionException.Cause.TIMED_OUT, message + ", within the limit");
  }

  /**
   * Waits until this host has applied the log up to a position.
   *
   * @param givenUp whether to stop waiting; asked on this thread
   * @return one line on what could not be applied and is parked; empty if all is
   */
  public Optional<String> await(LogPosition position, Duration limit, BooleanSupplier givenUp)
      throws PositionException, InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    await(() -> host.epoch().isPresent(), end, givenUp, "the queue was not reached yet");
    if (!position.isOf(host.epoch().orElseThrow())) {
      throw new PositionException(
          PositionException.Cause.IMPOSSIBLE,
          position
              + " is a position in another log than this host's: of another farm, or from"
              + " before its database was restored");
    }
    if (host.reached().applied() < position.number()) {
      hurry.run();
      requirePossible(position);
    }
    boolean applied =
        progress.await(
            () -> host.reached().applied() >= position.number() || isStopped(), end, givenUp);
    Reached reached = host.reached();
    if (!applied) {
      throw unmet(
          givenUp,
          "this host has applied the log up to "
              + reached.applied()
              + ", not yet to "
              + position.number()
              + host.trouble().map(t -> ": " + t).orElse(""));
    }
    return reached
        .parkedUpTo(position.number())
        .map(row -> row.path() + " (position " + row.position() + "): " + row.reason());
  }

  /** A position that was told to anybody is in the log by then. */
  private void requirePossible(LogPosition position) throws PositionException {
    OptionalLong head;
    try {
      head = host.head();
    } catch (QueueException e) {
      throw new PositionException(PositionException.Cause.STOPPED, e.getMessage());
    }
    if (head.isPresent() && head.getAsLong() < position.number()) {
      throw new PositionException(
          PositionException.Cause.IMPOSSIBLE,
          position.number() + " is no position yet: the log ends at " + head.getAsLong());
    }
  }
}
