package io.trifold.tree;

import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where somebody is who walks through a tree, as far as the directories tell that are read one
 * after the other, and which ones come next: those beside the one that is read, in the order in
 * which their parent told of them, then those beside the parent, and so on. It follows one walk:
 * what does not continue it begins another. Not thread-safe.
 */
final class WalkCourse {
  /** So many directories at most are told of before the walk comes to them. */
  static final int AHEAD = 32;

  /** Who reads so many directories with the same parent is taken to read the others as well. */
  private static final int EVIDENCE = 2;

  /** Of so many directories at most the names are remembered: the outermost go first. */
  static final int NAMES = 20_000;

  /** A directory that the walk is in, and the directories there. */
  private static final class Level {
    final DirectoryNode parent;
    final List<String> names;
    final Map<String, Integer> places = new HashMap<>();

    /** The places that the walk came to, or that were told. */
    final BitSet done = new BitSet();

    final boolean followed;
    int entered;

    /** The place behind the one that the walk came to last. */
    int next;

    Level(DirectoryNode parent, List<String> names, boolean followed) {
      this.parent = parent;
      this.names = names;
      this.followed = followed;
      for (String name : names) {
        places.put(name, places.size());
      }
    }

    boolean isFollowed() {
      return followed || entered >= EVIDENCE;
    }
  }

  /** From the innermost to the outermost. */
  private final Deque<Level> levels = new ArrayDeque<>();

  private int names;
  private boolean letAlone;

  /** The directory is being read from its beginning. */
  void entered(DirectoryNode directory) {
    Link link = directory.link();
    DirectoryNode parent = link == null ? null : link.parent();
    if (levels.stream().noneMatch(level -> level.parent == parent)) {
      begin();
      return;
    }
    while (levels.element().parent != parent) {
      names -= levels.remove().names.size();
    }
    Level level = levels.element();
    Integer place = level.places.get(link.name());
    if (place != null) {
      level.entered++;
      level.done.set(place);
      level.next = place + 1;
    }
  }

  /**
   * The directory was read to its end.
   *
   * @param inner the names of the directories in it, in their order; at most {@link #NAMES}
   */
  void listed(DirectoryNode directory, List<String> inner) {
    Link link = directory.link();
    boolean goesOn = !levels.isEmpty() && link != null && levels.element().parent == link.parent();
    if (!goesOn) {
      begin();
    }
    if (!inner.isEmpty()) {
      levels.push(new Level(directory, inner, goesOn && levels.element().isFollowed()));
      names += inner.size();
    }
    while (names > NAMES) {
      names -= levels.removeLast().names.size();
    }
  }

  private void begin() {
    levels.clear();
    names = 0;
    letAlone = false;
  }

  private record Place(Level level, int number) {}

  /** Whether it is time to ask for what comes {@link #next}: for several at once, not for each. */
  boolean isDue() {
    return find(AHEAD / 2).isPresent();
  }

  /** A directory that the walk has not come to; each is told once. */
  Optional<Link> next() {
    Optional<Place> found = find(AHEAD);
    found.ifPresent(place -> place.level().done.set(place.number()));
    return found.map(
        place -> new Link(place.level().parent, place.level().names.get(place.number())));
  }

  /** The first place that was not told, of those that the walk comes to next. */
  private Optional<Place> find(int ahead) {
    int left = letAlone ? 0 : ahead;
    for (Iterator<Level> outwards = levels.iterator(); left > 0 && outwards.hasNext(); ) {
      Level level = outwards.next();
      if (!level.isFollowed()) {
        break;
      }
      int end = Math.min(level.names.size(), level.next + left);
      int place = level.done.nextClearBit(level.next);
      if (place < end) {
        return Optional.of(new Place(level, place));
      }
      left -= end - level.next;
    }
    return Optional.empty();
  }

  /** Nothing more of this walk is told. */
  void letAlone() {
    letAlone = true;
  }
}
