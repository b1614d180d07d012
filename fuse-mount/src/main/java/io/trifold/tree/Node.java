package io.trifold.tree;

/** What the kernel knows by a number. It holds no descriptor; its paths are made from its names. */
abstract sealed class Node permits FileNode, DirectoryNode {
  private final long number;
  private final long inode;

  /** How many answers named this node and were not yet forgotten; guarded by the table. */
  private long lookups;

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

  /** Whether something but the kernel's references needs it. */
  abstract boolean inUse();
}
