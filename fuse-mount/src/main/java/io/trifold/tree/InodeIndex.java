package io.trifold.tree;

import io.trifold.posix.Stat;
import io.trifold.rules.Side;

/**
 * File nodes by inode: a hash table of nothing but the nodes, as there may be many (open
 * addressing, linear probing). Guarded by the lock of {@link NodeTable}.
 */
final class InodeIndex {
  private FileNode[] slots = new FileNode[64];
  private int size;

  /** The node of this inode, {@code null} if there is none. */
  FileNode find(Side side, Stat stat) {
    for (int i = start(FileNode.hash(stat)); slots[i] != null; i = next(i)) {
      if (slots[i].side() == side && slots[i].is(stat)) {
        return slots[i];
      }
    }
    return null;
  }

  /** Adds a node whose inode has none here. */
  void add(FileNode file) {
    if (++size > slots.length / 2) {
      grow();
    }
    insert(file);
  }

  private void insert(FileNode file) {
    int i = start(file.hash());
    while (slots[i] != null) {
      i = next(i);
    }
    slots[i] = file;
  }

  private void grow() {
    FileNode[] old = slots;
    slots = new FileNode[old.length * 2];
    for (FileNode file : old) {
      if (file != null) {
        insert(file);
      }
    }
  }

  /** Removes the node, if it is here. */
  void remove(FileNode file) {
    int hole = start(file.hash());
    while (slots[hole] != file) {
      if (slots[hole] == null) {
        return;
      }
      hole = next(hole);
    }
    size--;
    // Those behind it move up, unless that would take them before the place where they are sought.
    for (int i = next(hole); slots[i] != null; i = next(i)) {
      int start = start(slots[i].hash());
      boolean stays = hole < i ? start > hole && start <= i : start > hole || start <= i;
      if (!stays) {
        slots[hole] = slots[i];
        hole = i;
      }
    }
    slots[hole] = null;
  }

  private int start(int hash) {
    return hash & (slots.length - 1);
  }

  private int next(int i) {
    return (i + 1) & (slots.length - 1);
  }
}
