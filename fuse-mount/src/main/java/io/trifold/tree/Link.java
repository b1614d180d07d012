package io.trifold.tree;

import io.trifold.posix.ErrnoException;
import io.trifold.rules.RuleState;

/** A name: an entry of a directory. */
record Link(DirectoryNode parent, String name) {
  /** The path from the root, {@code ENOENT} if the directory no longer has one. */
  String path() throws ErrnoException {
    return parent.path(name);
  }

  RuleState state() {
    return parent.state().step(name);
  }
}
