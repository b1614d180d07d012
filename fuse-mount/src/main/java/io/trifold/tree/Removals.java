package io.trifold.tree;

import io.trifold.posix.BackingRoot;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.PinnedFile;
import io.trifold.rules.Side;

/**
 * Takes names away. Callers may still be in what has lost its name, by a working directory or a
 * descriptor; so that they can be served, its node then holds it. Not so a file of the shared side:
 * what is held there while it is removed, network filesystems rename instead.
 */
final class Removals {
  private final Storage storage;
  private final NodeTable table;

  Removals(Storage storage, NodeTable table) {
    this.storage = storage;
    this.table = table;
  }

  /** Takes a name away, or puts something else in its place. */
  @FunctionalInterface
  interface Removal {
    void run() throws ErrnoException;
  }

  /**
   * Runs what takes a name away, or puts something else in its place, with the names locked; then
   * tells the table by {@code bookkeeping}.
   */
  void remove(DirectoryNode parent, String name, Removal removal, Runnable bookkeeping)
      throws ErrnoException {
    remove(storage.application(), parent, name, removal, bookkeeping);
  }

  /** The same on the side of a root. */
  void remove(
      BackingRoot root, DirectoryNode parent, String name, Removal removal, Runnable bookkeeping)
      throws ErrnoException {
    Node node = hold(root, parent, name);
    try {
      removal.run();
    } catch (ErrnoException | RuntimeException e) {
      release(node);
      throw e;
    }
    bookkeeping.run();
  }

  /** Has the node at a name hold what it is; {@code null} if there is none that needs to. */
  Node hold(DirectoryNode parent, String name) {
    return hold(storage.application(), parent, name);
  }

  private Node hold(BackingRoot root, DirectoryNode parent, String name) {
    Node node = table.child(parent, name);
    if (node == null || (node instanceof FileNode file && !needsHold(file))) {
      return null;
    }
    try {
      PinnedFile pin = root.pin(parent.path(name));
      table.pin(node, pin);
      return node;
    } catch (ErrnoException e) {
      // Nothing stands there to be held, or the removal will say what is wrong.
      return null;
    }
  }

  private static boolean needsHold(FileNode file) {
    return file.side() == Side.APPLICATION && file.links().size() <= 1;
  }

  /** The name was not taken away after all. */
  void release(Node node) {
    if (node != null) {
      table.unpin(node);
    }
  }
}
