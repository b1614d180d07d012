package io.trifold.differential.actor;

import static io.trifold.differential.actor.Native.C;

import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/**
 * Says what stands where, in words that are equal on two sides which differ only in inode numbers
 * and in the moment at which things happened. A time that somebody chose is written as it is; of
 * one that the system set, whether it is another than at the last look.
 */
final class Observer {
  private final long before = nanos(Instant.now().minus(Duration.ofDays(1)));
  private final long after = nanos(Instant.now().plus(Duration.ofDays(30)));

  private final Map<Place, Seen> seen = new HashMap<>();

  /** What was looked at, and what was there: a number is used again when a file is gone. */
  private record Place(String name, long inode) {}

  private record Seen(long changed, long modified) {}

  private static long nanos(Instant instant) {
    return instant.getEpochSecond() * 1_000_000_000L + instant.getNano();
  }

  void forget() {
    seen.clear();
  }

  String stat(byte[] path, int flags) throws ErrnoException {
    return describe(Operation.text(path), Attributes.of(Posix.AT_FDCWD, path, flags));
  }

  String fstat(int slot, int fd) throws ErrnoException {
    return describe("#" + slot, Attributes.of(fd));
  }

  private String describe(String name, Attributes now) {
    Seen current = new Seen(now.changed(), now.modified());
    Seen last = seen.put(new Place(name, now.inode()), current);
    boolean known = last != null;
    return "mode=%o nlink=%d uid=%d gid=%d size=%d%s atime=%s mtime=%s ctime=%s"
        .formatted(
            now.mode(),
            now.links(),
            now.uid(),
            now.gid(),
            now.size(),
            now.isDevice() ? " device=" + now.device() : "",
            time(now.accessed(), true),
            time(now.modified(), known && last.modified == now.modified()),
            time(now.changed(), known && last.changed == now.changed()));
  }

  private String time(long time, boolean same) {
    if (time < before || time > after) {
      return Long.toString(time);
    }
    return same ? "kept" : "set";
  }

  /** A path without following it: attributes, extended attributes, where a symlink leads to. */
  String look(byte[] path) {
    try {
      Attributes attributes = Attributes.of(Posix.AT_FDCWD, path, Attributes.AT_SYMLINK_NOFOLLOW);
      StringBuilder text = new StringBuilder(describe(Operation.text(path), attributes));
      for (String name : xattrs(path)) {
        long count =
            Result.of(C.lgetxattr(path, Arguments.terminated(name), Memory.BUFFER, Memory.SIZE));
        text.append(' ').append(name).append('=').append(Result.data(Memory.bytes(count)));
      }
      if (attributes.isSymlink()) {
        long count = Result.of(C.readlink(path, Memory.BUFFER, Memory.SIZE));
        text.append(" to=").append(Operation.escape(Operation.text(Memory.bytes(count))));
      }
      return text.toString();
    } catch (ErrnoException e) {
      return Actor.symbol(e);
    }
  }

  private static Iterable<String> xattrs(byte[] path) throws ErrnoException {
    long count = Result.of(C.llistxattr(path, Memory.BUFFER, Memory.SIZE));
    return XattrCalls.names(Memory.bytes(count));
  }

  /** All below a directory: what a look says, content, and which names are one file. */
  String tree(String directory) throws ErrnoException {
    StringJoiner text = new StringJoiner("; ");
    walk(directory, ".", text, new HashMap<>());
    return text.toString();
  }

  private void walk(String base, String path, StringJoiner text, Map<Long, String> firstNames)
      throws ErrnoException {
    byte[] whole = Arguments.terminated(base + "/" + path);
    Attributes attributes = Attributes.of(Posix.AT_FDCWD, whole, Attributes.AT_SYMLINK_NOFOLLOW);
    StringBuilder line = new StringBuilder(Operation.escape(path));
    line.append(' ').append(look(whole));
    if (attributes.isRegular()) {
      line.append(" content=").append(content(whole));
    }
    String first = firstNames.putIfAbsent(attributes.inode(), path);
    if (first != null) {
      line.append(" same-as=").append(Operation.escape(first));
    }
    text.add(line);
    if (!attributes.isDirectory()) {
      return;
    }
    List<Listing.Entry> entries = Listing.of(whole);
    entries.sort(Comparator.comparing(Listing.Entry::name));
    for (Listing.Entry entry : entries) {
      if (!entry.isDot()) {
        walk(base, path + "/" + entry.name(), text, firstNames);
        requireInode(base, path, entry, text);
      }
    }
  }

  private static void requireInode(String base, String path, Listing.Entry entry, StringJoiner text)
      throws ErrnoException {
    byte[] whole = Arguments.terminated(base + "/" + path + "/" + entry.name());
    Attributes child = Attributes.of(Posix.AT_FDCWD, whole, Attributes.AT_SYMLINK_NOFOLLOW);
    if (child.inode() != entry.inode()) {
      text.add("listed as inode " + entry.inode() + " but is " + child.inode());
    }
  }

  /** Leaves the time of access alone. */
  static String content(byte[] path) throws ErrnoException {
    int flags = Posix.O_NOATIME | Posix.O_NOFOLLOW | Posix.O_NONBLOCK;
    int fd = (int) Result.of(C.open(path, flags, 0));
    try {
      return Result.data(Memory.bytes(Result.of(C.pread(fd, Memory.BUFFER, Memory.SIZE, 0))));
    } finally {
      C.close(fd);
    }
  }

  /** Removes all below a directory, and it. */
  static void remove(String path) throws ErrnoException {
    byte[] bytes = Arguments.terminated(path);
    Attributes attributes;
    try {
      attributes = Attributes.of(Posix.AT_FDCWD, bytes, Attributes.AT_SYMLINK_NOFOLLOW);
    } catch (ErrnoException absent) {
      return;
    }
    if (!attributes.isDirectory()) {
      Result.of(C.unlink(bytes));
      return;
    }
    for (Listing.Entry entry : Listing.of(bytes)) {
      if (!entry.isDot()) {
        remove(path + "/" + entry.name());
      }
    }
    Result.of(C.rmdir(bytes));
  }
}
