package io.trifold.tree;

import io.trifold.posix.ErrnoException;
import io.trifold.rules.RuleState;

/**
 * Where a name is while the names are locked. Directories above it may have been renamed since it
 * was looked up: what is told to others must be told of this path.
 */
record Standing(String path, RuleState state) {
  static Standing of(Link link) throws ErrnoException {
    return new Standing(link.path(), link.state());
  }
}
