package io.trifold.queue;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The versions that the log keeps, all verified. A path stands for itself and for what is below it;
 * the empty one for all. Thread-safe.
 */
public interface History {
  /**
   * What happened to a path.
   *
   * @param below whether to what is below it, too
   * @param before only events before this position
   * @param limit how many at most
   * @return the latest first
   */
  List<Event> versions(String path, boolean below, long before, int limit) throws QueueException;

  /**
   * What the log said of a path, and of all below it, at a position: the latest event of each that
   * counts; a tombstone is one.
   *
   * @param afterPath only paths behind this one, in unsigned byte order; empty for the first page
   * @param limit how many at most
   * @return by path; fewer than {@code limit} on the last page
   */
  List<PathState> statesAt(String path, long position, String afterPath, int limit)
      throws QueueException;

  /**
   * The last position that was taken at a time, by the database's clock; 0 if there was none yet.
   */
  long positionAt(Instant time) throws QueueException;

  /**
   * Changes that met another which they were not based on.
   *
   * @param path of either version
   * @param before only those before this position
   * @param limit how many at most
   * @return the latest first
   */
  List<Conflict> conflicts(String path, long before, int limit) throws QueueException;

  /** Records that this host begins a change set. */
  void announce(UUID changeSet, String message) throws QueueException;

  /** The change sets that were begun, the latest first, up to a limit. */
  List<ChangeSet> changeSets(int limit) throws QueueException;

  /** The events of a change set, in their order. */
  List<Event> ofChangeSet(UUID changeSet) throws QueueException;

  /**
   * Two versions that did not know each other.
   *
   * @param path that both were for
   * @param won the version that had the path afterwards; empty if it is no longer kept
   * @param lost the other; it may stand beside. Empty if it is no longer kept
   * @param stands whether the path still has the version that won
   */
  record Conflict(String path, Optional<Event> won, Optional<Event> lost, boolean stands) {}
}
