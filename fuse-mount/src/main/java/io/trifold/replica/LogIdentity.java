package io.trifold.replica;

import io.trifold.queue.Event;
import io.trifold.queue.FarmLog;
import io.trifold.queue.Head;
import io.trifold.queue.QueueException;
import io.trifold.replica.Journal.Standing;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Whether a log is the one that a host knows, and reaches as far as to where the host stands. After
 * a restore of the database, or the loss of its tail, numbers are issued again: then positions mean
 * other events, and nothing may be applied by them.
 */
enum LogIdentity {
  /** It is the one. */
  SAME,
  /** It has begun another epoch, and all that this host knows of it is from before that. */
  CONTINUED,
  /** It has begun another epoch, and this host knows events that may be lost. */
  RESTARTED,
  /** It has lost events that this host knows, and nobody has begun another epoch yet. */
  REWOUND;

  /**
   * Compares the farm, the epoch, the ends, and the event at the host's position.
   *
   * @param farm that the host has joined; empty if it is not known
   * @param newest the position of the latest event in the host's index
   * @throws QueueException.Corrupt if it is another farm's log, in one line for the operator
   */
  static LogIdentity of(FarmLog log, Standing standing, Optional<UUID> farm, long newest)
      throws QueueException {
    if (!standing.joined()) {
      return SAME;
    }
    Head head = log.head();
    long position = standing.position();
    boolean sameEpoch = standing.epoch().equals(Optional.of(head.epoch()));
    boolean sameFarm = farm.isEmpty() ? sameEpoch : farm.get().equals(log.recovery().farm());
    if (!sameFarm) {
      throw new QueueException.Corrupt(
          position,
          "the queue holds another farm's log than the one that this host joined: name the right"
              + " database, or start with a new state directory to join anew");
    }
    boolean reaches = hasEvent(log, head, standing);
    if (sameEpoch) {
      return reaches && newest <= head.position() ? SAME : REWOUND;
    }
    return reaches && Math.max(position, newest) <= log.recovery().began() ? CONTINUED : RESTARTED;
  }

  private static boolean hasEvent(FarmLog log, Head head, Standing standing) throws QueueException {
    long position = standing.position();
    if (position > head.position()) {
      return false;
    }
    if (standing.event().isEmpty() || position < head.oldest()) {
      return true;
    }
    List<Event> at = log.read(position - 1, 1);
    return !at.isEmpty() && at.get(0).id().equals(standing.event().get());
  }
}
