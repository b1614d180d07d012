package io.trifold.logs;

import java.util.Arrays;

/**
 * Cuts what one writer writes into whole lines. Pure: what was fed counts once {@link #keep} is
 * called, so that a write that failed leaves no trace.
 */
final class LineAssembler {
  /** A longer line is cut: each piece is a line of its own. */
  static final int LONGEST = 4 << 20;

  private static final byte[] NOTHING = {};

  private byte[] held = NOTHING;

  /**
   * What more bytes make of what is held.
   *
   * @param lines whole lines, each with its end; may be empty
   * @param held the beginning of the next line
   * @param added what the beginning grew by, if no line was ended
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared by it, and never changed
  record Cut(byte[] lines, byte[] held, byte[] added) {}

  /** The beginning of a line that waits for its end. */
  byte[] held() {
    return held;
  }

  /** Cuts what is held and these bytes. */
  Cut feed(byte[] bytes) {
    int end = lastNewline(bytes) + 1;
    if (end == 0 && held.length + bytes.length < LONGEST) {
      return new Cut(NOTHING, join(held, bytes, bytes.length), bytes);
    }
    if (end == 0) {
      byte[] lines = join(held, bytes, bytes.length + 1);
      lines[lines.length - 1] = '\n';
      return new Cut(lines, NOTHING, NOTHING);
    }
    byte[] rest = Arrays.copyOfRange(bytes, end, bytes.length);
    return new Cut(join(held, bytes, end), rest, NOTHING);
  }

  /** Ends the line that is held, as its writer does not. */
  Cut end() {
    if (held.length == 0) {
      return new Cut(NOTHING, NOTHING, NOTHING);
    }
    byte[] lines = Arrays.copyOf(held, held.length + 1);
    lines[held.length] = '\n';
    return new Cut(lines, NOTHING, NOTHING);
  }

  /** What was cut has been dealt with. */
  void keep(Cut cut) {
    held = cut.held();
  }

  private static int lastNewline(byte[] bytes) {
    for (int i = bytes.length - 1; i >= 0; i--) {
      if (bytes[i] == '\n') {
        return i;
      }
    }
    return -1;
  }

  /** The first bytes, and so many more, of the second as far as it has them. */
  private static byte[] join(byte[] first, byte[] second, int more) {
    byte[] joined = Arrays.copyOf(first, first.length + more);
    System.arraycopy(second, 0, joined, first.length, Math.min(more, second.length));
    return joined;
  }
}
