package io.trifold.fuse.kernel;

import io.trifold.posix.Posix;
import jnr.ffi.Pointer;

/**
 * A thread's memory for one request and its answer. The pages are the system's to give when they
 * are first touched: a thread that never sees a large request never has them.
 */
final class Buffers {
  static final int REQUEST_SIZE = Agreement.MAX_TRANSFER + Agreement.REQUEST_OVERHEAD;

  private final Pointer memory = Posix.allocateUncleared(REQUEST_SIZE);
  private final Request request = new Request(memory);
  private final Reply reply = new Reply(Agreement.MAX_TRANSFER);

  Pointer memory() {
    return memory;
  }

  Request request() {
    return request;
  }

  Reply reply() {
    return reply;
  }
}
