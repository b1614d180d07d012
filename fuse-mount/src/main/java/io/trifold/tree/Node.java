package io.trifold.tree;

import io.trifold.posix.PinnedFile;

/**
 * What the kernel knows by a number. Its paths are made from its names; it holds a descriptor only
 * once it may have lost the last of them.
 */
abstract sealed class Node permits FileNode, DirectoryNode {
  private final long number;
  private final long inode;

  /** How many answers named this node and were not yet forgotten; guarded by the table. */
  private long lookups;

  /** Changed under the table's lock, read by all; {@code null} as long as a name leads here. */
  private volatile PinnedFile pin;

  Node(long number, long inode) {
    this.number = number;
    this.inode = inode;
  }

  /** The number in the protocol; never given twice. */
  long number() {
    return number;
  }

  /** The inode number that callers see, the same as long as the node lives. */
  long inode() {
    return inode;
  }

  long lookups() {
    return lookups;
  }

  void addLookups(long count) {
    lookups += count;
  }

  /** What it is without a name, {@code null} if nothing is held. */
  PinnedFile pin() {
    return pin;
  }

  void setPin(PinnedFile newPin) {
    pin = newPin;
  }

  /** Whether something but the kernel's references needs it. */
  abstract boolean inUse();
}
