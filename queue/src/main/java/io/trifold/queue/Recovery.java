package io.trifold.queue;

import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * What hosts agree upon when the log has lost its tail: by a restore of the database, or a failover
 * to one that was behind. Thread-safe.
 */
public interface Recovery {
  /** Which farm it is, whatever the epoch of its log. */
  UUID farm() throws QueueException;

  /** The log's head when the session's epoch began; 0 for the first. */
  long began() throws QueueException;

  /**
   * Has a new epoch begin in the place of this session's, unless another host was first. This
   * session ends with its epoch: open another.
   */
  void beginEpoch() throws QueueException;

  /**
   * Offers to put versions of paths that the log has lost into it again. The newest offered version
   * wins: whoever appends an older one later gives way to it, see {@link Restored}. May be
   * repeated.
   *
   * @param versions the lost positions, by path
   * @return the paths that this host is to put back: nobody has offered a newer version so far, or
   *     has put this one back already
   */
  Set<String> claim(Map<String, Long> versions) throws QueueException;
}
