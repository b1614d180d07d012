package io.trifold.tree;

import io.trifold.fuse.DirectorySink;
import io.trifold.fuse.Entry;
import io.trifold.posix.DirectoryReader;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import io.trifold.posix.Stat;
import io.trifold.rules.Decision;
import io.trifold.rules.Side;
import java.util.List;

/**
 * Reads a merged directory. The two sides have no offsets in common: the names are listed once, and
 * again when the reading starts anew, and an offset is a place in the list.
 */
final class ListedDirectory implements OpenDirectory {
  private static final int DOTS = 2;

  private final DirectoryNode directory;
  private final MergedDirectory merged;
  private final Storage storage;
  private final NodeTable table;
  private final Resolver resolver;
  private List<MergedDirectory.Listed> list;
  private boolean started;

  ListedDirectory(
      DirectoryNode directory,
      MergedDirectory merged,
      Storage storage,
      NodeTable table,
      Resolver resolver)
      throws ErrnoException {
    this.directory = directory;
    this.merged = merged;
    this.storage = storage;
    this.table = table;
    this.resolver = resolver;
    this.list = merged.list(directory);
  }

  @Override
  public synchronized void read(long offset, DirectorySink sink) throws ErrnoException {
    if (offset == 0 && started) {
      list = merged.list(directory);
    }
    started = true;
    for (long at = Math.max(0, offset); at < list.size() + DOTS; at++) {
      if (!give(at, sink)) {
        return;
      }
    }
  }

  private boolean give(long at, DirectorySink sink) throws ErrnoException {
    long next = at + 1;
    if (at == 0) {
      return sink.add(".", directory.inode(), Stat.S_IFDIR, next);
    }
    if (at == 1) {
      Link link = directory.link();
      long inode = link == null ? directory.inode() : link.parent().inode();
      return sink.add("..", inode, Stat.S_IFDIR, next);
    }
    MergedDirectory.Listed entry = list.get((int) at - DOTS);
    return sink.wantsEntries()
        ? giveEntry(entry.name(), next, sink)
        : sink.add(entry.name(), entry.inode(), entry.type(), next);
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
  public void sync() throws ErrnoException {
    Decision bound = directory.state().directory();
    for (Side side : Side.values()) {
      try {
        storage.on(side, bound, () -> sync(side, bound));
      } catch (ErrnoException e) {
        if (!Resolver.isAbsence(e)) {
          throw e;
        }
      }
    }
  }

  private Void sync(Side side, Decision bound) throws ErrnoException {
    try (DirectoryReader reader =
        storage.in(side, bound, root -> root.openDirectory(directory.path()))) {
      Posix.fsync(reader.fd());
    }
    return null;
  }

  @Override
  public void close() {
    // it holds nothing
  }
}
