package io.trifold.replica;

import io.trifold.queue.Acl;
import io.trifold.queue.Acl.Entry;
import io.trifold.queue.Acl.Tag;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Access control lists as the kernel has them in the value of an extended attribute: a version, and
 * of each entry tag, permissions and the number of a user or group, little-endian. See {@code
 * posix_acl_xattr.h}.
 */
final class AclForm {
  private static final int VERSION = 2;
  private static final int HEADER = Integer.BYTES;
  private static final int ENTRY = 2 * Short.BYTES + Integer.BYTES;
  private static final int NOBODY = -1;

  private static final Comparator<Numbered> ORDER =
      Comparator.comparing((Numbered numbered) -> numbered.entry.tag())
          .thenComparing(numbered -> Integer.toUnsignedLong(numbered.number));

  private final Owners owners;

  AclForm(Owners owners) {
    this.owners = owners;
  }

  private record Numbered(Entry entry, int number) {}

  /**
   * The list that this is.
   *
   * @throws IllegalArgumentException if it is none
   */
  Acl read(byte[] value) {
    if (value.length < HEADER || (value.length - HEADER) % ENTRY != 0) {
      throw new IllegalArgumentException("an access control list of " + value.length + " bytes");
    }
    ByteBuffer in = ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN);
    if (in.getInt() != VERSION) {
      throw new IllegalArgumentException("an access control list of an unknown version");
    }
    List<Entry> entries = new ArrayList<>();
    Set<String> taken = new HashSet<>();
    while (in.hasRemaining()) {
      Tag tag = Tag.of(in.getShort());
      int permissions = in.getShort();
      int number = in.getInt();
      String name = tag.isNamed() ? name(tag, number) : "";
      // Two accounts of one name: the second is known by its number.
      boolean free = taken.add(tag + name);
      entries.add(new Entry(tag, free ? name : Integer.toUnsignedString(number), permissions));
    }
    return new Acl(entries);
  }

  private String name(Tag tag, int number) {
    return tag == Tag.USER ? owners.user(number) : owners.group(number);
  }

  /**
   * The bytes of a list. Who is unknown on this host is left out: nobody here is that user or in
   * that group.
   */
  byte[] write(Acl acl) {
    List<Numbered> known = new ArrayList<>();
    for (Entry entry : acl.entries()) {
      if (!entry.tag().isNamed()) {
        known.add(new Numbered(entry, NOBODY));
      } else if (number(entry).isPresent()) {
        known.add(new Numbered(entry, number(entry).getAsInt()));
      }
    }
    known.sort(ORDER);
    ByteBuffer out =
        ByteBuffer.allocate(HEADER + known.size() * ENTRY).order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(VERSION);
    for (Numbered numbered : known) {
      out.putShort((short) numbered.entry.tag().code());
      out.putShort((short) numbered.entry.permissions());
      out.putInt(numbered.number);
    }
    return out.array();
  }

  private OptionalInt number(Entry entry) {
    return entry.tag() == Tag.USER ? owners.uid(entry.name()) : owners.gid(entry.name());
  }

  /** What was found, and those entries of what the log has that this host cannot write. */
  Acl withStrangers(Acl found, Acl log) {
    if (found.isEmpty()) {
      return found;
    }
    List<Entry> entries = new ArrayList<>(found.entries());
    for (Entry entry : log.entries()) {
      if (entry.tag().isNamed() && number(entry).isEmpty()) {
        entries.add(entry);
      }
    }
    return entries.size() == found.entries().size() ? found : new Acl(entries);
  }
}
