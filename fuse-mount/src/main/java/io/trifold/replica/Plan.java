package io.trifold.replica;

import io.trifold.queue.Change;
import io.trifold.queue.Restored;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The changes that one append is to carry, at most one for each path, and the order they need.
 *
 * <p>Puts keep the order in which they were planned; who plans a put plans the directory above it
 * first. Content before its removal: what was moved is put at its new name before its old name is
 * deleted, so that no host is ever without it. Only what is in the way of a put goes first: the
 * contents of a directory in whose place something else stands now. Of deletes, children are first.
 */
final class Plan {
  /**
   * @param base the version that the change is based on
   * @param signature what stands on disk
   * @param restored the lost version that it puts into the log again, or changes
   */
  record Item(
      Change change, long base, Optional<Signature> signature, Optional<Restored> restored) {
    Item(Change change, long base, Optional<Signature> signature) {
      this(change, base, signature, Optional.empty());
    }

    /** The same, of a version that the log has lost. */
    Item of(LostVersion lost) {
      boolean changed = !lost.contentKey().equals(State.after(change).contentKey());
      return new Item(change, base, signature, Optional.of(new Restored(lost.version(), changed)));
    }

    String path() {
      return change.path();
    }

    boolean isDelete() {
      return change instanceof Change.Delete;
    }
  }

  private static final Comparator<Item> CHILDREN_FIRST =
      Comparator.comparingInt((Item item) -> PathNames.depth(item.path())).reversed();

  private final Map<String, Item> items = new LinkedHashMap<>();

  void add(Item item) {
    items.putIfAbsent(item.path(), item);
  }

  void remove(String path) {
    items.remove(path);
  }

  boolean has(String path) {
    return items.containsKey(path);
  }

  /** Whether just this change is planned. */
  boolean has(Change change) {
    Item item = items.get(change.path());
    return item != null && item.change().equals(change);
  }

  boolean isEmpty() {
    return items.isEmpty();
  }

  int size() {
    return items.size();
  }

  /** How many paths it deletes. */
  long deletes() {
    return items.values().stream().filter(Item::isDelete).count();
  }

  /** How many paths it makes that were not there. */
  long puts() {
    return items.values().stream().filter(item -> !item.isDelete() && item.base() == 0).count();
  }

  List<Item> ordered() {
    Set<String> replacing = new HashSet<>();
    List<Item> puts = new ArrayList<>();
    for (Item item : items.values()) {
      if (!item.isDelete()) {
        puts.add(item);
        if (!(item.change() instanceof Change.PutDirectory)) {
          replacing.add(item.path());
        }
      }
    }
    List<Item> first = new ArrayList<>();
    List<Item> last = new ArrayList<>();
    for (Item item : items.values()) {
      if (item.isDelete()) {
        (isBelowAny(item.path(), replacing) ? first : last).add(item);
      }
    }
    first.sort(CHILDREN_FIRST);
    last.sort(CHILDREN_FIRST);
    List<Item> result = new ArrayList<>(first);
    result.addAll(puts);
    result.addAll(last);
    return result;
  }

  private static boolean isBelowAny(String path, Set<String> above) {
    for (String parent = PathNames.parent(path);
        !parent.isEmpty();
        parent = PathNames.parent(parent)) {
      if (above.contains(parent)) {
        return true;
      }
    }
    return false;
  }
}
