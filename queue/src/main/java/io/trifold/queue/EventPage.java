package io.trifold.queue;

import java.util.List;

/**
 * What one read of the log gave.
 *
 * @param events in order
 * @param end up to which position they are all that the log has to tell
 * @param head the position of the log's latest event at that moment
 */
public record EventPage(List<Event> events, long end, long head) {
  public EventPage {
    events = List.copyOf(events);
  }

  /** Whether nothing followed when it was read. */
  public boolean isLast() {
    return end >= head;
  }
}
