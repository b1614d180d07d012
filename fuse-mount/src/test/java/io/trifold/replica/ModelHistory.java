package io.trifold.replica;

import io.trifold.queue.ChangeSet;
import io.trifold.queue.Event;
import io.trifold.queue.History;
import io.trifold.queue.PathState;
import io.trifold.queue.QueueException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** The versions of single paths, in a model of the log; it can be asked for nothing else. */
public record ModelHistory(Log log) implements History {
  /** The events of a log, by position. */
  @FunctionalInterface
  public interface Log {
    List<Event> events() throws QueueException;
  }

  @Override
  public List<Event> versions(String path, boolean below, long before, int limit)
      throws QueueException {
    if (below) {
      throw unknown();
    }
    List<Event> events = log.events();
    List<Event> found = new ArrayList<>();
    for (int i = events.size() - 1; i >= 0 && found.size() < limit; i--) {
      Event event = events.get(i);
      if (event.position() < before && event.change().path().equals(path)) {
        found.add(event);
      }
    }
    return found;
  }

  private static UnsupportedOperationException unknown() {
    return new UnsupportedOperationException("this model of the log knows single paths only");
  }

  @Override
  public List<PathState> statesAt(String path, long position, String afterPath, int limit) {
    throw unknown();
  }

  @Override
  public long positionAt(Instant time) {
    throw unknown();
  }

  @Override
  public List<Conflict> conflicts(String path, long before, int limit) {
    throw unknown();
  }

  @Override
  public void announce(UUID changeSet, String message) {
    throw unknown();
  }

  @Override
  public List<ChangeSet> changeSets(int limit) {
    throw unknown();
  }

  @Override
  public List<Event> ofChangeSet(UUID changeSet) {
    throw unknown();
  }
}
