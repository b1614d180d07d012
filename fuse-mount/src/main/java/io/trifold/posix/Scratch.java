package io.trifold.posix;

import jnr.ffi.Memory;
import jnr.ffi.Pointer;

/** A thread's own piece of native memory for the small structures of system calls. */
final class Scratch {
  static final int SIZE = 4096;
  private static final ThreadLocal<Pointer> MEMORY =
      ThreadLocal.withInitial(() -> Memory.allocateDirect(LibC.RUNTIME, SIZE));

  private Scratch() {}

  /** {@link #SIZE} bytes, valid until the thread's next call. */
  static Pointer get() {
    return MEMORY.get();
  }
}
