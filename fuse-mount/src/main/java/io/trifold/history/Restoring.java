package io.trifold.history;

import io.trifold.queue.Change;
import io.trifold.queue.Event;
import io.trifold.queue.PathState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What brings a tree back to what it was. Pure.
 *
 * @param steps what changes; in no order
 * @param added paths that exist now and did not then, and stay
 * @param obstacles paths that cannot be put back, for a directory with things in it stands there
 */
record Restoring(List<Step> steps, List<String> added, List<String> obstacles) {
  /**
   * One change.
   *
   * @param change what to append
   * @param now what the log has there now; it may be a tombstone
   */
  record Step(Change change, Optional<Event> now) {
    long base() {
      return now.map(Event::position).orElse(0L);
    }

    /** Whether something stands there now that this takes away or replaces. */
    boolean replaces() {
      return now.filter(event -> event.change() instanceof Change.Put).isPresent();
    }
  }

  Restoring {
    steps = List.copyOf(steps);
    added = List.copyOf(added);
    obstacles = List.copyOf(obstacles);
  }

  /**
   * Plans it.
   *
   * @param then what the log said then, at the paths where it is to be now
   * @param now what the log says now of the same tree
   * @param exact whether what is new since then is to go
   */
  static Restoring plan(List<Change> then, List<PathState> now, boolean exact) {
    Map<String, Event> current = new HashMap<>();
    now.forEach(state -> current.put(state.path(), state.event()));
    List<Step> steps = new ArrayList<>();
    List<String> obstacles = new ArrayList<>();
    Map<String, Change> wanted = new HashMap<>();
    for (Change change : then) {
      if (change instanceof Change.Put) {
        wanted.put(change.path(), change);
        Optional<Event> there = Optional.ofNullable(current.get(change.path()));
        if (there.filter(event -> event.change().equals(change)).isEmpty()) {
          steps.add(new Step(change, there));
        }
      }
    }
    List<String> added = new ArrayList<>();
    for (PathState state : now) {
      boolean isNew =
          state.event().change() instanceof Change.Put && !wanted.containsKey(state.path());
      if (isNew && exact) {
        steps.add(new Step(new Change.Delete(state.path()), Optional.of(state.event())));
      } else if (isNew) {
        added.add(state.path());
        obstacle(state.path(), wanted).ifPresent(obstacles::add);
      }
    }
    return new Restoring(steps, added, obstacles.stream().distinct().toList());
  }

  /** Above a path that stays, something that is to be no directory. */
  private static Optional<String> obstacle(String path, Map<String, Change> wanted) {
    for (int slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      Change above = wanted.get(path.substring(0, slash));
      if (above != null && !(above instanceof Change.PutDirectory)) {
        return Optional.of(above.path());
      }
    }
    return Optional.empty();
  }
}
