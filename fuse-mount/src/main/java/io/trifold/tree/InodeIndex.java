package io.trifold.tree;

import io.trifold.posix.Stat;
import io.trifold.rules.Side;

/**
 * File nodes by inode: a hash table of nothing but the nodes, as there may be many (open
 * addressing, linear probing). Their hashes stand beside them: what is not sought is passed without
 * a look at the node, which is seldom in the processor's caches. Guarded by the lock of {@link
 * NodeTable}.
 */
final class InodeIndex {
  private FileNode[] slots = new FileNode[64];

  /** The hash of the node in the slot; 0 where there is none. */
  private int[] hashes = new int[64];

  private int size;

  /** The node of this inode, {@code null} if there is none. */
  FileNode find(Side side, Stat stat) {
    int hash = FileNode.hash(stat);
    for (int i = start(hash); hashes[i] != 0; i = next(i)) {
      if (hashes[i] == hash && slots[i].side() == side && slots[i].is(stat)) {
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
    insert(file, file.hash());
  }

  private void insert(FileNode file, int hash) {
    int i = start(hash);
    while (hashes[i] != 0) {
      i = next(i);
    }
    slots[i] = file;
    hashes[i] = hash;
  }

  private void grow() {
    FileNode[] old = slots;
    int[] oldHashes = hashes;
    slots = new FileNode[old.length * 2];
    hashes = new int[slots.length];
    for (int i = 0; i < old.length; i++) {
      if (oldHashes[i] != 0) {
        insert(old[i], oldHashes[i]);
      }
    }
  }

  /** Removes the node, if it is here. */
  void remove(FileNode file) {
    int hole = start(file.hash());
    while (slots[hole] != file) {
      if (hashes[hole] == 0) {
        return;
      }
      hole = next(hole);
    }
    size--;
    // Those behind it move up, unless that would take them before the place where they are sought.
    for (int i = next(hole); hashes[i] != 0; i = next(i)) {
      int start = start(hashes[i]);
      boolean stays = hole < i ? start > hole && start <= i : start > hole || start <= i;
      if (!stays) {
        slots[hole] = slots[i];
        hashes[hole] = hashes[i];
        hole = i;
      }
    }
    slots[hole] = null;
    hashes[hole] = 0;
  }

  private int start(int hash) {
    return hash & (slots.length - 1);
  }

  private int next(int i) {
    return (i + 1) & (slots.length - 1);
  }
}
