package io.trifold.differential.actor;

import jnr.ffi.Pointer;

/** Times as operations write them: {@code now}, {@code omit}, or seconds and nanoseconds. */
final class Times {
  private static final long UTIME_NOW = 0x3fffffff;
  private static final long UTIME_OMIT = 0x3ffffffe;

  private Times() {}

  /** Access and modification time, as {@code utimensat} takes them. */
  static Pointer take(Arguments arguments) {
    put(arguments.text(), 0);
    put(arguments.text(), 16);
    return Memory.BUFFER;
  }

  private static void put(String time, int offset) {
    String[] parts = time.split("\\.", -1);
    switch (parts[0]) {
      case "now" -> put(0, UTIME_NOW, offset);
      case "omit" -> put(0, UTIME_OMIT, offset);
      default -> put(Long.parseLong(parts[0]), Long.parseLong(parts[1]), offset);
    }
  }

  private static void put(long seconds, long nanos, int offset) {
    Memory.BUFFER.putLong(offset, seconds);
    Memory.BUFFER.putLong(offset + 8L, nanos);
  }
}
