package io.trifold.differential.actor;

import io.trifold.posix.ErrnoException;

/** What an operation's name stands for. */
@FunctionalInterface
interface Call {
  /** Gives what is to be compared, on one line. */
  String run(Arguments arguments) throws ErrnoException;
}
