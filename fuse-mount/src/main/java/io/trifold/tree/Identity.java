package io.trifold.tree;

import io.trifold.posix.Stat;

/**
 * Which inode: its time of birth tells it from a later one of the same number, where the filesystem
 * keeps one and its clock has moved on in between. It does not rest on that alone: {@link
 * NodeTable} forgets an identity with its last name.
 */
record Identity(long device, long inode, long birthSeconds, int birthNanos) {
  static Identity of(Stat stat) {
    return new Identity(stat.device(), stat.inode(), stat.birthSeconds(), stat.birthNanos());
  }
}
