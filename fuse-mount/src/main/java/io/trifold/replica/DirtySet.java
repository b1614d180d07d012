package io.trifold.replica;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The dirty paths, and who is at work on which path: capture takes dirty paths, apply claims clean
 * ones, and no path is ever with both. Thread-safe; touches nothing outside itself.
 *
 * <p>A path is dirty while a mark of it waits, and while capture has it taken: until what was
 * captured stands in log and index. A path that is marked while it is taken waits again.
 */
final class DirtySet {
  private final Lock recording = new ReentrantLock();
  private final TreeMap<Long, Mark> waiting = new TreeMap<>();
  private final TreeMap<String, Mark> waitingByPath = new TreeMap<>();
  private final Map<String, Instant> notBefore = new HashMap<>();
  private final TreeMap<String, Mark> taken = new TreeMap<>();
  private final Map<String, UUID> held = new HashMap<>();
  private final Set<String> claimed = new HashSet<>();
  private final Deque<Move> moves = new ArrayDeque<>();
  private final List<Barrier> barriers = new ArrayList<>();

  /** By how many callers each path is waited for. */
  private final Map<String, Integer> hurries = new HashMap<>();

  private List<Mark> unrecorded = new ArrayList<>();
  private int subtrees;
  private long last;

  /** Stands behind all that was dirty when it was made, and behind what comes of that. */
  static final class Barrier {
    private long order;

    private Barrier(long order) {
      this.order = order;
    }
  }

  /**
   * A tree that was moved, and is to be sent as one change set.
   *
   * @param renames what was done, in this order
   * @param order of the last mark before it: those up to that go first, and those behind it after
   * @param since when it was moved
   */
  private record Move(UUID changeSet, List<Rename> renames, long order, Instant since) {
    boolean touches(String tree) {
      return renames.stream().anyMatch(each -> each.touches(tree));
    }
  }

  private record Rename(String from, String to) {
    boolean touches(String tree) {
      return Stream.of(from, to).anyMatch(each -> isWithin(each, tree) || isWithin(tree, each));
    }

    /** Where what stood at the path is now; what it changed places with is at the other. */
    String follow(String path) {
      if (isWithin(path, from)) {
        return to + path.substring(from.length());
      }
      return isWithin(path, to) ? from + path.substring(to.length()) : path;
    }

    private static boolean isWithin(String path, String tree) {
      return path.equals(tree) || PathNames.isBelow(path, tree);
    }
  }

  /** A barrier behind all that is dirty now; to be given back by {@link #drop}. */
  synchronized Barrier barrier() {
    Barrier barrier = new Barrier(last);
    barriers.add(barrier);
    return barrier;
  }

  synchronized void drop(Barrier barrier) {
    barriers.remove(barrier);
  }

  /** Whether nothing before the barrier is dirty any more. */
  synchronized boolean isPast(Barrier barrier) {
    return (waiting.isEmpty() || waiting.firstKey() > barrier.order)
        && taken.values().stream().noneMatch(mark -> mark.order() <= barrier.order);
  }

  /** The marks made until now come of that one, or some do. */
  private void pushBehind(Mark mark) {
    for (Barrier barrier : barriers) {
      if (mark != null && mark.order() <= barrier.order) {
        barrier.order = last;
      }
    }
  }

  /** Marks a path; it is due at once. Returns the mark's generation. */
  synchronized long mark(String path, boolean subtree, boolean explicit) {
    last++;
    notBefore.remove(path);
    unrecorded.add(wait(new Mark(path, last, last, subtree, explicit, false)));
    return last;
  }

  /**
   * Marks a tree at the place that it was moved to, and at the one it was moved from. All of it,
   * and of what else is moved to or from there before it is sent, is one change set.
   */
  synchronized void markMoved(String from, String to, Instant now) {
    List<Rename> renames = new ArrayList<>();
    boolean apart = held.containsKey(from) || held.containsKey(to);
    UUID changeSet = UUID.randomUUID();
    for (Move move : List.copyOf(moves)) {
      if (move.touches(from) || move.touches(to)) {
        apart = false;
        moves.remove(move);
        renames.addAll(move.renames());
        held.replaceAll((path, set) -> set.equals(move.changeSet()) ? changeSet : set);
      }
    }
    renames.add(new Rename(from, to));
    if (!apart) {
      moves.add(new Move(changeSet, List.copyOf(renames), last, now));
      for (String tree : List.of(to, from)) {
        held.putIfAbsent(tree, changeSet);
        for (String path : waitingByPath.tailMap(tree + "/").keySet()) {
          if (!PathNames.isBelow(path, tree)) {
            break;
          }
          held.putIfAbsent(path, changeSet);
        }
      }
    }
    mark(to, true, true);
    mark(from, true, true);
  }

  /** The old and new places of the trees that were moved and are still to be sent. */
  synchronized Set<String> movedTrees() {
    return moves.stream()
        .flatMap(move -> move.renames().stream())
        .flatMap(rename -> Stream.of(rename.from(), rename.to()))
        .collect(Collectors.toSet());
  }

  /**
   * Where what stood at a path, which nothing else was done to, was moved to with a tree that is
   * still to be sent; empty if it was not, or is marked for itself at either place.
   */
  synchronized Optional<String> movedTo(String path) {
    String now = path;
    for (Move move : moves) {
      for (Rename rename : move.renames()) {
        now = rename.follow(now);
      }
    }
    return Optional.of(now)
        .filter(place -> !place.equals(path))
        .filter(place -> !waitingByPath.containsKey(path) && !waitingByPath.containsKey(place));
  }

  /**
   * The first move, if its turn has come: what was marked before it is done with, or has been in
   * its way for longer than this.
   */
  synchronized Optional<UUID> dueMove(Instant now, Duration patience) {
    return Optional.ofNullable(moves.peek())
        .filter(
            move ->
                move.since().plus(patience).isBefore(now)
                    || (taken.values().stream().noneMatch(mark -> mark.order() <= move.order())
                        && waiting.headMap(move.order(), true).values().stream()
                            .allMatch(mark -> held.containsKey(mark.path()))))
        .map(Move::changeSet);
  }

  /** Marks a directory to be put again, behind all that waits now. */
  synchronized void restate(String path) {
    last++;
    unrecorded.add(wait(new Mark(path, last, last, false, true, true)));
    pushBehind(taken.get(path));
  }

  /** Takes up marks from the journal, in their order. */
  synchronized void restore(Collection<Mark> marks) {
    for (Mark mark : marks) {
      last = Math.max(last, mark.generation());
    }
    for (Mark mark : marks) {
      last++;
      wait(new Mark(mark.path(), last, last, mark.subtree(), mark.explicit(), mark.restated()));
    }
  }

  private Mark wait(Mark mark) {
    Mark earlier = waitingByPath.get(mark.path());
    Mark merged = earlier == null ? mark : mark.merge(earlier);
    if (earlier != null) {
      unlist(earlier);
    }
    waitingByPath.put(merged.path(), merged);
    waiting.put(merged.order(), merged);
    subtrees += merged.subtree() ? 1 : 0;
    return merged;
  }

  private void unlist(Mark mark) {
    waitingByPath.remove(mark.path());
    waiting.remove(mark.order());
    subtrees -= mark.subtree() ? 1 : 0;
  }

  /** Takes the first marks that are due and whose paths nobody has at work. */
  synchronized List<Mark> take(int limit, Instant now) {
    List<Mark> result = new ArrayList<>();
    for (Iterator<Mark> marks = waiting.values().iterator();
        marks.hasNext() && result.size() < limit; ) {
      Mark mark = marks.next();
      if (!moves.isEmpty() && mark.order() > moves.peek().order()) {
        break;
      }
      if (!isDue(mark.path(), now)
          || held.containsKey(mark.path())
          || isClaimed(mark)
          || taken.containsKey(mark.path())) {
        continue;
      }
      marks.remove();
      waitingByPath.remove(mark.path());
      notBefore.remove(mark.path());
      // A taken subtree mark still counts as one.
      taken.put(mark.path(), mark);
      result.add(mark);
    }
    return result;
  }

  /** Whatever is marked at the path waits from now on for the end of its change set. */
  synchronized void hold(String path, UUID changeSet) {
    held.put(path, changeSet);
  }

  /** The change set that the path waits for. */
  synchronized Optional<UUID> holder(String path) {
    return Optional.ofNullable(held.get(path));
  }

  /** Takes the marks that wait for the change set, are due, and whose paths nobody has at work. */
  synchronized List<Mark> takeHeld(UUID changeSet, Instant now) {
    List<Mark> result = new ArrayList<>();
    for (Mark mark : List.copyOf(waiting.values())) {
      if (changeSet.equals(held.get(mark.path()))
          && isDue(mark.path(), now)
          && !isClaimed(mark)
          && !taken.containsKey(mark.path())) {
        waiting.remove(mark.order());
        waitingByPath.remove(mark.path());
        notBefore.remove(mark.path());
        taken.put(mark.path(), mark);
        result.add(mark);
      }
    }
    return result;
  }

  /** Whether marks wait for the change set, but of those that came again while they are taken. */
  synchronized boolean hasHeld(UUID changeSet) {
    return waiting.values().stream()
        .anyMatch(
            mark -> changeSet.equals(held.get(mark.path())) && !taken.containsKey(mark.path()));
  }

  /** Nothing waits for the change set any more. */
  synchronized void letGo(UUID changeSet) {
    held.values().removeIf(changeSet::equals);
    moves.removeIf(move -> move.changeSet().equals(changeSet));
  }

  /** Of a tree also whether apply is at work below: the index does not tell of that yet. */
  private boolean isClaimed(Mark mark) {
    return claimed.contains(mark.path())
        || (mark.subtree()
            && claimed.stream().anyMatch(path -> PathNames.isBelow(path, mark.path())));
  }

  private boolean isDue(String path, Instant now) {
    Instant due = notBefore.get(path);
    return due == null || !due.isAfter(now);
  }

  /**
   * Takes a path that capture has to do along with another one, marked or not.
   *
   * @return false if apply is at work on it
   */
  synchronized boolean takeAlong(String path) {
    if (claimed.contains(path)) {
      return false;
    }
    taken.computeIfAbsent(path, p -> new Mark(p, ++last, last, false, false, false));
    return true;
  }

  /** What was taken is in step with log and index, or others were marked in its stead. */
  synchronized void done(String path) {
    pushBehind(untake(path));
  }

  /** The mark, if it has left others; null otherwise. */
  private Mark untake(String path) {
    Mark mark = taken.remove(path);
    if (mark == null || !mark.subtree()) {
      return null;
    }
    subtrees--;
    return mark;
  }

  /** What was taken could not be captured: it waits again, at its old place. */
  synchronized void putBack(Mark mark, Instant due) {
    untake(mark.path());
    boolean markedAgain = waitingByPath.containsKey(mark.path());
    wait(mark);
    if (!markedAgain) {
      notBefore.put(mark.path(), due);
    }
  }

  /** What was taken waits again, behind all that waits now. */
  synchronized void postpone(Mark mark) {
    untake(mark.path());
    last++;
    wait(new Mark(mark.path(), last, last, mark.subtree(), mark.explicit(), mark.restated()));
    pushBehind(mark);
  }

  /**
   * Claims a path for apply.
   *
   * @return false if it is dirty: then the local change comes first
   */
  synchronized boolean claim(String path) {
    return !isDirty(path) && claimed.add(path);
  }

  synchronized void release(Collection<String> paths) {
    claimed.removeAll(paths);
  }

  /** Whether a local change of the path may not be in the log yet. */
  synchronized boolean isDirty(String path) {
    return waitingByPath.containsKey(path) || taken.containsKey(path) || inMarkedSubtree(path);
  }

  /** Whether capture is at work on just this path. */
  synchronized boolean isTaken(String path) {
    return taken.containsKey(path);
  }

  /** Whether somebody is at work on the path, or will be. */
  synchronized boolean isAtWork(String path) {
    return claimed.contains(path) || isDirty(path);
  }

  private boolean inMarkedSubtree(String path) {
    if (subtrees == 0) {
      return false;
    }
    for (String above = path; !above.isEmpty(); ) {
      above = PathNames.parent(above);
      if (isSubtree(waitingByPath.get(above)) || isSubtree(taken.get(above))) {
        return true;
      }
    }
    return false;
  }

  private static boolean isSubtree(Mark mark) {
    return mark != null && mark.subtree();
  }

  /** Whether a change that was marked up to this generation may not be in the log yet. */
  synchronized boolean isDirtySince(String path, long generation) {
    Mark waits = waitingByPath.get(path);
    Mark worked = taken.get(path);
    return (waits != null && waits.order() <= generation)
        || (worked != null && worked.order() <= generation);
  }

  /** Somebody waits for the path: what stands there is meant to be sent. */
  synchronized void hurry(String path) {
    hurries.merge(path, 1, Integer::sum);
    notBefore.remove(path);
  }

  /** Takes back one {@link #hurry}. */
  synchronized void hurried(String path) {
    hurries.computeIfPresent(path, (p, count) -> count == 1 ? null : count - 1);
  }

  /** Whether somebody waits for the path. */
  synchronized boolean isHurried(String path) {
    return hurries.containsKey(path);
  }

  /** Whether somebody waits for any path. */
  synchronized boolean isHurried() {
    return !hurries.isEmpty();
  }

  /** Whether something below the directory is dirty. */
  synchronized boolean isDirtyBelow(String directory) {
    return hasBelow(waitingByPath, directory) || hasBelow(taken, directory);
  }

  private static boolean hasBelow(NavigableMap<String, Mark> marks, String directory) {
    String next = marks.higherKey(directory + "/");
    return next != null && PathNames.isBelow(next, directory);
  }

  synchronized boolean isEmpty() {
    return waiting.isEmpty() && taken.isEmpty();
  }

  /** How many paths are dirty; a subtree counts as one. */
  synchronized int size() {
    return waiting.size() + taken.size();
  }

  /** When the next waiting mark is due; null if none waits. */
  synchronized Instant nextDue() {
    Instant first = null;
    for (Mark mark : waiting.values()) {
      Instant due = notBefore.get(mark.path());
      if (due == null) {
        return Instant.MIN;
      }
      first = first == null || due.isBefore(first) ? due : first;
    }
    return first;
  }

  /** The generation of the last mark. */
  synchronized long generation() {
    return last;
  }

  /**
   * Held by who records marks in the journal, from asking for them to the commit, and by who
   * forgets them there, from the commit to {@link #done}: or a mark that is done with could be
   * recorded for ever. Never taken by who marks.
   */
  Lock recording() {
    return recording;
  }

  /** The marks made since this was last asked, for the journal. */
  synchronized List<Mark> unrecorded() {
    if (unrecorded.isEmpty()) {
      return List.of();
    }
    List<Mark> result = unrecorded;
    unrecorded = new ArrayList<>();
    return result;
  }
}
