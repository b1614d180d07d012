package io.trifold.replica;

import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Stat;
import io.trifold.tree.Namespace;
import java.util.List;
import java.util.Optional;

/**
 * Directories that were deleted elsewhere and stayed here for what was in them: when that is gone,
 * without ever having been in the log, so are they. Of the thread of capture, which has the path.
 */
final class KeptDirectories {
  private final Disk disk;
  private final Namespace namespace;
  private final Journal journal;
  private final DirtySet dirty;

  KeptDirectories(Disk disk, Namespace namespace, Journal journal, DirtySet dirty) {
    this.disk = disk;
    this.namespace = namespace;
    this.journal = journal;
    this.dirty = dirty;
  }

  /** Whether just this directory was kept. */
  static boolean isKept(IndexEntry known, Optional<Stat> found) {
    return !known.state().exists()
        && known.signature().isPresent()
        && found.filter(Stat::isDirectory).isPresent()
        && known.matches(found);
  }

  /** What was at the path is gone: if it was the last thing in a kept directory, that is due. */
  void goneFrom(String path) {
    String parent = PathNames.parent(path);
    if (journal
        .entry(parent)
        .filter(entry -> !entry.state().exists() && entry.signature().isPresent())
        .isPresent()) {
      dirty.mark(parent, false, false);
    }
  }

  /**
   * Removes a kept directory if nothing is in it any more, durably: or a loss of power would bring
   * it back when nobody knows any more that it was kept.
   *
   * @return whether it is gone
   */
  boolean remove(String path) throws ErrnoException {
    try {
      disk.rmdir(path);
    } catch (ErrnoException e) {
      if (e.errno() != Errno.ENOTEMPTY && e.errno() != Errno.EEXIST && e.errno() != Errno.EBUSY) {
        throw e;
      }
      return false;
    }
    namespace.replaced(List.of(path));
    disk.sync(PathNames.parent(path));
    goneFrom(path);
    return true;
  }
}
