package io.trifold.tree;

import io.trifold.posix.BackingRoot;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;

/**
 * The one way to the shared storage: all calls that it may keep waiting, or fail, pass here, those
 * on names and those on descriptors. Never called with a lock held.
 */
final class SharedRoot {
  /** {@code null} where no rule is {@code remote}. */
  private final BackingRoot root;

  SharedRoot(BackingRoot root) {
    this.root = root;
  }

  <T> T call(OnRoot<T> action) throws ErrnoException {
    if (root == null) {
      throw new ErrnoException(Errno.EIO, "no shared storage");
    }
    return action.call(root);
  }
}
