package io.trifold.tree;

import io.trifold.fuse.KernelCache;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Stat;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Replaces what stands on the application's side, below the mount. */
final class Replacement {
  private static final Logger LOG = LoggerFactory.getLogger(Replacement.class);

  private final Storage storage;
  private final NodeTable table;
  private final Removals removals;
  private final Notices notices;

  Replacement(Storage storage, NodeTable table, Removals removals, Notices notices) {
    this.storage = storage;
    this.table = table;
    this.removals = removals;
    this.notices = notices;
  }

  /**
   * What stands at these paths is about to be replaced, with the names locked: who has it open
   * keeps it.
   */
  void prepare(Collection<String> paths) {
    for (String path : paths) {
      DirectoryNode parent = path.isEmpty() ? null : table.parentOf(path);
      if (parent != null) {
        removals.hold(parent, name(path));
      }
    }
  }

  private static String name(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  void replaced(Collection<String> paths) {
    List<Consumer<KernelCache>> due = new ArrayList<>();
    for (String path : paths) {
      replaced(path, due);
    }
    due.forEach(notices::send);
  }

  private void replaced(String path, List<Consumer<KernelCache>> due) {
    if (path.isEmpty()) {
      due.add(cache -> cache.invalidateNode(table.root().number()));
      return;
    }
    DirectoryNode parent = table.parentOf(path);
    if (parent == null) {
      return; // the kernel cannot know what is in a directory that it does not know
    }
    String name = name(path);
    Node node = table.child(parent, name);
    if (node != null) {
      due.add(cache -> cache.invalidateNode(node.number()));
    }
    if (node == null || !stillStands(path, parent, name, node)) {
      due.add(cache -> cache.invalidateEntry(parent.number(), name));
      due.add(cache -> cache.invalidateNode(parent.number()));
    }
  }

  /** Whether the same inode is at the name, changed in its attributes only; if not, detaches it. */
  private boolean stillStands(String path, DirectoryNode parent, String name, Node node) {
    try {
      return storage.reading(
          () -> {
            Stat stat = Resolver.statIfThere(storage.application(), path);
            if (stat != null && is(node, stat)) {
              removals.release(node);
              return true;
            }
            table.replaced(parent, name, node);
            return false;
          });
    } catch (ErrnoException e) {
      LOG.warn("{}: cannot be looked at after it was replaced: {}", path, e.getMessage());
      return false;
    }
  }

  private static boolean is(Node node, Stat stat) {
    if (node instanceof FileNode file) {
      return file.is(stat);
    }
    return ((DirectoryNode) node).is(new Found(((DirectoryNode) node).state(), stat, null))
        && stat.isDirectory();
  }
}
