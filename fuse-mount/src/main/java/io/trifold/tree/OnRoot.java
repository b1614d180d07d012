package io.trifold.tree;

import io.trifold.posix.BackingRoot;
import io.trifold.posix.ErrnoException;

/** What is done below one of the two roots. */
@FunctionalInterface
interface OnRoot<T> {
  T call(BackingRoot root) throws ErrnoException;
}
