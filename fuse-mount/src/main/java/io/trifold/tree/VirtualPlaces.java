package io.trifold.tree;

import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The numbers of virtual files and directories. Those that are listed keep theirs for ever: they
 * are few. Of the others there are as many as callers can think of; they go when the kernel forgets
 * them, which it is asked to do when there are many. Thread-safe.
 */
final class VirtualPlaces {
  /** Above all numbers of real nodes. */
  private static final long FIRST = 1L << 62;

  /** How many names that are not listed may be known before the kernel is to forget some. */
  static final int UNLISTED = 1024;

  /**
   * One name.
   *
   * @param parent empty for the top
   */
  record Place(long number, Optional<Place> parent, String name, VirtualNode node) {
    long inode() {
      return InodeNumbers.VIRTUAL | (number - FIRST + 1);
    }
  }

  private record Name(long parent, String name) {}

  private final Place top;
  private final Notices notices;
  private final Map<Long, Place> places = new HashMap<>();
  private final Map<Name, Long> numbers = new HashMap<>();

  /** How often the kernel was told of each that is not listed; the longest unasked for first. */
  private final LinkedHashMap<Long, Long> references = new LinkedHashMap<>();

  private long last = FIRST;

  VirtualPlaces(VirtualNode.Directory directory, Notices notices) {
    this.notices = notices;
    top = new Place(FIRST, Optional.empty(), ReservedNames.TRIFOLD, directory);
    places.put(FIRST, top);
  }

  static boolean owns(long number) {
    return number >= FIRST;
  }

  Place top() {
    return top;
  }

  synchronized Optional<Place> find(long number) {
    return Optional.ofNullable(places.get(number));
  }

  Place get(long number) throws ErrnoException {
    return find(number)
        .orElseThrow(() -> new ErrnoException(Errno.ESTALE, "a virtual file that is gone"));
  }

  /** The place of a name that stays. */
  synchronized Place listed(Place parent, String name, VirtualNode node) {
    Place place = enter(parent, name, node);
    references.remove(place.number());
    return place;
  }

  /** The place of a name that goes with its last reference, and one reference to it. */
  synchronized Place unlisted(Place parent, String name, VirtualNode node) {
    Place place = enter(parent, name, node);
    Long earlier = references.remove(place.number());
    references.put(place.number(), earlier == null ? 1 : earlier + 1);
    if (references.size() > UNLISTED) {
      askToForgetOne();
    }
    return place;
  }

  private Place enter(Place parent, String name, VirtualNode node) {
    Name key = new Name(parent.number(), name);
    Long known = numbers.get(key);
    long number = known == null ? ++last : known;
    Place place = new Place(number, Optional.of(parent), name, node);
    numbers.put(key, number);
    places.put(number, place);
    return place;
  }

  private void askToForgetOne() {
    Iterator<Map.Entry<Long, Long>> all = references.entrySet().iterator();
    Map.Entry<Long, Long> eldest = all.next();
    Place place = places.get(eldest.getKey());
    // It may be in use: it comes up again when all the others have.
    all.remove();
    references.put(eldest.getKey(), eldest.getValue());
    long parent = place.parent().orElse(top).number();
    notices.sendLater(cache -> cache.invalidateEntry(parent, place.name()));
  }

  /** The kernel drops so many references. */
  synchronized void forget(long number, long count) {
    Long left = references.computeIfPresent(number, (n, had) -> had - count);
    if (left != null && left <= 0) {
      references.remove(number);
      Place place = places.remove(number);
      numbers.remove(new Name(place.parent().orElse(top).number(), place.name()));
    }
  }

  /** How many names are known. */
  synchronized int size() {
    return places.size();
  }
}
