package io.trifold.tree;

import io.trifold.fuse.DirectorySink;
import io.trifold.fuse.Entry;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Stat;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Reads a merged directory. The two sides have no offsets in common: the names are listed at once,
 * in the order of their hashes, and an offset is a hash, so that it means the same in any later
 * list, whatever was added or removed. (Two names of one hash of 62 bits would be given both or
 * neither.)
 */
final class ListedDirectory implements DirectoryStream {
  private static final long AFTER_DOT = 1;
  private static final long AFTER_DOT_DOT = 2;

  private record Place(long offset, MergedDirectory.Listed entry) {}

  private final DirectoryNode directory;
  private final NodeTable table;
  private final Resolver resolver;
  private final List<Place> places;

  ListedDirectory(
      DirectoryNode directory,
      List<MergedDirectory.Listed> entries,
      NodeTable table,
      Resolver resolver) {
    this.directory = directory;
    this.table = table;
    this.resolver = resolver;
    places = new ArrayList<>(entries.size());
    for (MergedDirectory.Listed entry : entries) {
      places.add(new Place(offset(entry.name()), entry));
    }
    places.sort(Comparator.comparingLong(Place::offset));
  }

  /** FNV-1a, of 62 bits, above the offsets of the dots. */
  private static long offset(String name) {
    long hash = 0xcbf29ce484222325L;
    for (byte b : name.getBytes(StandardCharsets.UTF_16LE)) {
      hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
    }
    return Math.max(AFTER_DOT_DOT + 1, hash >>> 2);
  }

  @Override
  public boolean read(long offset, DirectorySink sink) throws ErrnoException {
    boolean given = false;
    if (offset < AFTER_DOT) {
      given = sink.add(".", directory.inode(), Stat.S_IFDIR, AFTER_DOT);
      if (!given) {
        return false;
      }
    }
    if (offset < AFTER_DOT_DOT) {
      Link link = directory.link();
      long inode = link == null ? directory.inode() : link.parent().inode();
      if (!sink.add("..", inode, Stat.S_IFDIR, AFTER_DOT_DOT)) {
        return given;
      }
      given = true;
    }
    for (int i = firstAfter(offset); i < places.size(); i++) {
      if (!give(places.get(i), sink)) {
        return given;
      }
      given = true;
    }
    return given;
  }

  private int firstAfter(long offset) {
    int low = 0;
    int high = places.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (places.get(middle).offset() <= offset) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private boolean give(Place place, DirectorySink sink) throws ErrnoException {
    MergedDirectory.Listed entry = place.entry();
    return sink.wantsEntries()
        ? giveEntry(entry.name(), place.offset(), sink)
        : sink.add(entry.name(), entry.inode(), entry.type(), place.offset());
  }

  private boolean giveEntry(String name, long next, DirectorySink sink) throws ErrnoException {
    Entry entry = resolver.lookup(directory, name);
    if (entry.node() == 0) {
      return true;
    }
    if (sink.add(name, entry, next)) {
      return true;
    }
    table.forget(entry.node(), 1);
    return false;
  }

  @Override
  public void close() {
    // it holds nothing
  }
}
