package io.trifold.queue;

import io.trifold.queue.QueueException.Corrupt;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Checks that events come in order: positions without gaps, each producer's sequence ascending.
 * What was learned of the producers is kept while one page follows the other. Thread-safe.
 */
final class ReadOrder {
  private record Producer(String host, UUID incarnation) {}

  private final Map<Producer, Long> sequences = new HashMap<>();
  private long last = -1;

  /**
   * Checks a page of events that follow position {@code after}.
   *
   * @param passed positions that are passed over
   */
  synchronized void check(long after, List<Event> events, Set<Long> passed) throws Corrupt {
    if (after != last) {
      sequences.clear();
    }
    last = -1;
    long previous = after;
    for (Event event : events) {
      while (passed.contains(previous + 1)) {
        previous++;
      }
      if (event.position() != previous + 1) {
        throw new Corrupt(
            previous + 1,
            "the log has a hole: event "
                + event.position()
                + " comes after "
                + previous
                + ": was the database restored or edited?");
      }
      previous = event.position();
      Long before =
          sequences.put(new Producer(event.host(), event.incarnation()), event.producerSequence());
      if (before != null && before >= event.producerSequence()) {
        throw new Corrupt(
            event.position(),
            "event "
                + event.position()
                + " of the log: number "
                + event.producerSequence()
                + " of host "
                + event.host()
                + " comes after its number "
                + before
                + ": it was moved or doubled");
      }
    }
    last = previous;
  }
}
