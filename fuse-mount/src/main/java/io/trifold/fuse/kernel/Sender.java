package io.trifold.fuse.kernel;

import io.trifold.posix.ErrnoException;
import jnr.ffi.Pointer;

/** Where a request came from, and its answer goes. */
interface Sender {
  /**
   * Sends the answer. Any thread may call; the memory is free when this returns.
   *
   * @return false if the kernel no longer waits for it
   */
  boolean send(Pointer memory, int length) throws ErrnoException;

  /**
   * Whether others may be waiting behind a request for the thread that reads it: then what takes
   * long is done elsewhere.
   */
  default boolean isShared() {
    return false;
  }
}
