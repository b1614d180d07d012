package io.trifold.fuse.jnr;

import jnr.ffi.Pointer;

/**
 * {@code struct fuse_file_info} of libfuse 2.9. jnr-fuse's structure declares its bit field as
 * padding, so the offsets are here.
 */
record FileInfo(Pointer memory) {
  private static final int FLAGS = 0;
  private static final int BITS = 20;
  private static final int HANDLE = 24;
  private static final int LOCK_OWNER = 32;
  private static final int DIRECT_IO = 1;

  /** As of {@code open(2)}. */
  int flags() {
    return memory.getInt(FLAGS);
  }

  long handle() {
    return memory.getLong(HANDLE);
  }

  long lockOwner() {
    return memory.getLong(LOCK_OWNER);
  }

  void handle(long handle) {
    memory.putLong(HANDLE, handle);
  }

  /** The kernel shall not cache the content. */
  void direct() {
    memory.putInt(BITS, memory.getInt(BITS) | DIRECT_IO);
  }
}
