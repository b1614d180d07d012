package io.trifold.replica;

import io.trifold.queue.Event;
import io.trifold.queue.FarmLog;
import io.trifold.queue.Head;
import io.trifold.queue.QueueException;
import io.trifold.replica.Journal.Standing;
import java.util.List;
import java.util.Optional;

/**
 * Whether a log is the one that a host knows, and reaches as far as to where the host stands. After
 * a restore of the database, or the loss of its tail, numbers are issued again: then positions mean
 * other events, and nothing may be applied by them.
 */
final class LogIdentity {
  private LogIdentity() {}

  /**
   * Compares epoch, ends, and the event at the host's position.
   *
   * @return the log's ends
   * @throws QueueException.Corrupt if the log is another one, in one line for the operator
   */
  static Head verify(FarmLog log, Standing standing) throws QueueException {
    Head head = log.head();
    if (standing.joined()) {
      verifyEnds(head, standing);
      verifyEvent(log, head, standing);
    }
    return head;
  }

  private static void verifyEnds(Head head, Standing standing) throws QueueException.Corrupt {
    long position = standing.position();
    if (!standing.epoch().equals(Optional.of(head.epoch()))) {
      throw new QueueException.Corrupt(
          position,
          "the queue holds another farm's log than the one that this host joined: name the right"
              + " database, or start with a new state directory to join anew");
    }
    if (head.position() < position) {
      throw new QueueException.Corrupt(
          position,
          "the log ends at "
              + head.position()
              + " but this host has applied it up to "
              + position
              + ": the database has lost events (restored from a backup?)");
    }
  }

  private static void verifyEvent(FarmLog log, Head head, Standing standing) throws QueueException {
    long position = standing.position();
    if (standing.event().isEmpty() || position < head.oldest()) {
      return;
    }
    List<Event> last = log.read(position - 1, 1);
    if (last.isEmpty() || !last.get(0).id().equals(standing.event().get())) {
      throw new QueueException.Corrupt(
          position,
          "position " + position + " of the log is not the event that this host has applied there");
    }
  }
}
