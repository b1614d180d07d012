package io.trifold.differential.actor;

import jnr.ffi.Pointer;

/** One stretch of native memory for all that is read and written, aligned for {@code O_DIRECT}. */
final class Memory {
  static final int SIZE = 1 << 20;
  private static final int PAGE = 4096;
  private static final Pointer WHOLE =
      jnr.ffi.Memory.allocateDirect(Native.RUNTIME, SIZE + PAGE, true);
  static final Pointer BUFFER = WHOLE.slice(PAGE - WHOLE.address() % PAGE, SIZE);

  private Memory() {}

  static byte[] bytes(long count) {
    byte[] bytes = new byte[Math.toIntExact(count)];
    BUFFER.get(0, bytes, 0, bytes.length);
    return bytes;
  }

  /** Fills the beginning with bytes that tell this seed from others, and each place from others. */
  static Pointer pattern(int seed, int count) {
    byte[] bytes = new byte[count];
    for (int i = 0; i < count; i++) {
      bytes[i] = (byte) ('a' + (seed * 7 + i + (i >> 6)) % 26);
    }
    BUFFER.put(0, bytes, 0, count);
    return BUFFER;
  }
}
