package io.trifold.queue;

import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * A POSIX access control list, with users and groups by name, as {@link Metadata} has owners. Two
 * lists that grant the same are equal: the entries have one order.
 *
 * @param entries in the order of their tags, of one tag by name; empty for no list
 */
public record Acl(List<Entry> entries) {
  private static final Comparator<Entry> ORDER =
      Comparator.comparing(Entry::tag).thenComparing(Entry::name);

  /** No list: the mode alone decides. */
  public static final Acl NONE = new Acl(List.of());

  /** Whom an entry is for, in the order in which the kernel wants entries. */
  public enum Tag {
    OWNER(0x01),
    USER(0x02),
    OWNING_GROUP(0x04),
    GROUP(0x08),
    MASK(0x10),
    OTHER(0x20);

    private final int code;

    Tag(int code) {
      this.code = code;
    }

    /** Its number, to the kernel and in the log. */
    public int code() {
      return code;
    }

    /** Whether an entry of this tag names somebody. */
    public boolean isNamed() {
      return this == USER || this == GROUP;
    }

    /**
     * The tag of this number.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Tag of(int code) {
      for (Tag tag : values()) {
        if (tag.code == code) {
          return tag;
        }
      }
      throw new IllegalArgumentException("no such entry of an access control list: " + code);
    }
  }

  /**
   * One entry.
   *
   * @param name of the user or group, or its number in decimal; empty where the tag names nobody
   * @param permissions 0 to 7
   */
  public record Entry(Tag tag, String name, int permissions) {
    /**
     * @throws IllegalArgumentException if it is none
     */
    public Entry {
      if (tag.isNamed() == name.isEmpty() || name.indexOf('\0') >= 0) {
        throw new IllegalArgumentException(
            "an entry of an access control list for \"" + name + "\"");
      }
      if (permissions < 0 || permissions > 7) {
        throw new IllegalArgumentException("permissions " + permissions);
      }
    }
  }

  /**
   * @throws IllegalArgumentException if this is no access control list: it lacks an entry, or has
   *     two for the same
   */
  public Acl {
    entries = entries.stream().sorted(ORDER).toList();
    if (!entries.isEmpty()) {
      check(entries);
    }
  }

  private static void check(List<Entry> entries) {
    Map<Tag, Integer> counts = new EnumMap<>(Tag.class);
    for (int i = 0; i < entries.size(); i++) {
      if (i > 0 && ORDER.compare(entries.get(i - 1), entries.get(i)) == 0) {
        throw new IllegalArgumentException("two entries for the same in an access control list");
      }
      counts.merge(entries.get(i).tag(), 1, Integer::sum);
    }
    boolean named = counts.containsKey(Tag.USER) || counts.containsKey(Tag.GROUP);
    if (!counts.containsKey(Tag.OWNER)
        || !counts.containsKey(Tag.OWNING_GROUP)
        || !counts.containsKey(Tag.OTHER)
        || (named && !counts.containsKey(Tag.MASK))) {
      throw new IllegalArgumentException("an access control list that lacks an entry");
    }
  }

  /** Whether there is no list. */
  public boolean isEmpty() {
    return entries.isEmpty();
  }
}
