package io.trifold.posix;

import static io.trifold.posix.LibC.C;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import jnr.ffi.Pointer;

/** The machine's processors, by the numbers that the kernel gives them. */
public final class Processors {
  private static final Path DIRECTORY = Path.of("/sys/devices/system/cpu");
  private static final int MASK_BYTES = 1024;

  private Processors() {}

  /** How many the machine can ever have: one more than the greatest number. */
  public static int possible() throws IOException {
    return last(Files.readString(DIRECTORY.resolve("possible")).strip()) + 1;
  }

  /** A list such as {@code 0-3,8}, in ascending order. */
  static int last(String list) throws IOException {
    String number = list.substring(Math.max(list.lastIndexOf('-'), list.lastIndexOf(',')) + 1);
    try {
      return Integer.parseInt(number);
    } catch (NumberFormatException e) {
      throw new IOException("not a list of processors: " + list, e);
    }
  }

  /**
   * Keeps the calling thread on one of them.
   *
   * @return whether that can be: not where it is off, or not this process's
   */
  public static boolean stayOn(int processor) {
    if (processor >= MASK_BYTES * 8) {
      return false;
    }
    Pointer mask = Scratch.get();
    mask.setMemory(0, MASK_BYTES, (byte) 0);
    mask.putByte(processor / 8, (byte) (1 << processor % 8));
    return C.sched_setaffinity(0, MASK_BYTES, mask) == 0;
  }
}
