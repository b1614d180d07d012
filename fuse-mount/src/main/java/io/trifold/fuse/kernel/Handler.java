package io.trifold.fuse.kernel;

import io.trifold.posix.ErrnoException;

/** Serves one kind of request. */
@FunctionalInterface
interface Handler {
  /**
   * Reads the request and fills the reply's body. An exception is the answer in place of the body;
   * with {@link Reply#withhold} there is none.
   */
  void handle(Request request, Reply reply) throws ErrnoException;
}
