package io.trifold.differential.actor;

import io.trifold.posix.ErrnoException;
import java.util.zip.CRC32;

/** Reads what a C function returned. */
final class Result {
  private static final int SHOWN = 24;

  private Result() {}

  /** The number that it returned, unless that says that it failed. */
  static long of(long returned) throws ErrnoException {
    if (returned < 0) {
      throw new ErrnoException(Native.RUNTIME.getLastError(), "");
    }
    return returned;
  }

  static String done(long returned) throws ErrnoException {
    return Long.toString(of(returned));
  }

  /** Bytes that were read: themselves if they are few, else how many and their checksum. */
  static String data(byte[] bytes) {
    if (bytes.length <= SHOWN) {
      return bytes.length + ":" + Operation.escape(Operation.text(bytes));
    }
    CRC32 sum = new CRC32();
    sum.update(bytes);
    return bytes.length + ":#" + Long.toHexString(sum.getValue());
  }
}
