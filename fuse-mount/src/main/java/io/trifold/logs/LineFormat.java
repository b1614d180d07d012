package io.trifold.logs;

import io.trifold.rules.LogOptions.HostTag;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * How a line says which host it came from. A tagged line begins or ends with the tag whatever its
 * text says, and its text cannot hide or fake one: what moves a terminal's cursor, ends a line for
 * some reader or turns the direction of writing is spelled out ({@code \x1b}, {@code \u2028}).
 */
final class LineFormat {
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private LineFormat() {}

  /**
   * The lines as they stand in a log.
   *
   * @param lines each with its end
   */
  static byte[] tagged(byte[] lines, String host, HostTag tag) {
    if (tag == HostTag.NONE) {
      return lines;
    }
    byte[] before = tag == HostTag.PREFIX ? bytes("[" + host + "] ") : new byte[0];
    byte[] behind = tag == HostTag.FIELD ? bytes("\thost=" + host) : new byte[0];
    ByteArrayOutputStream out = new ByteArrayOutputStream(lines.length + 64);
    int start = 0;
    while (start < lines.length) {
      int end = start;
      while (end < lines.length && lines[end] != '\n') {
        end++;
      }
      int textEnd = end > start && lines[end - 1] == '\r' ? end - 1 : end;
      out.write(before, 0, before.length);
      escape(lines, start, textEnd, out);
      out.write(behind, 0, behind.length);
      out.write('\n');
      start = end + 1;
    }
    return out.toByteArray();
  }

  /** The text with all that is not to reach a terminal spelled out. */
  static byte[] escaped(byte[] text) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(text.length);
    escape(text, 0, text.length, out);
    return out.toByteArray();
  }

  private static void escape(byte[] text, int start, int end, ByteArrayOutputStream out) {
    int plain = start;
    for (int i = start; i < end; ) {
      int length = unsafe(text, i, end);
      if (length > 0) {
        out.write(text, plain, i - plain);
        spell(text, i, length, out);
        plain = i + length;
      }
      i += Math.max(1, length);
    }
    out.write(text, plain, end - plain);
  }

  /** How many bytes from here are one character to be spelled out; 0 if none. */
  private static int unsafe(byte[] text, int at, int end) {
    int b = text[at] & 0xff;
    if ((b >= ' ' && b < 0x7f) || b == '\t') {
      return 0;
    }
    if (b < ' ' || b == 0x7f) {
      return 1;
    }
    int second = at + 1 < end ? text[at + 1] & 0xff : 0;
    if (b == 0xc2 && second >= 0x80 && second <= 0x9f) {
      return 2; // C1 controls
    }
    int third = at + 2 < end ? text[at + 2] & 0xff : 0;
    boolean lineOrDirection =
        b == 0xe2
            && ((second == 0x80 && third >= 0xa8 && third <= 0xae)
                || (second == 0x81 && third >= 0xa6 && third <= 0xa9));
    return lineOrDirection ? 3 : 0;
  }

  private static void spell(byte[] text, int at, int length, ByteArrayOutputStream out) {
    out.write('\\');
    if (length == 1) {
      out.write('x');
      hex(text[at] & 0xff, 2, out);
      return;
    }
    out.write('u');
    int code =
        length == 2
            ? (text[at] & 0x1f) << 6 | (text[at + 1] & 0x3f)
            : (text[at] & 0x0f) << 12 | (text[at + 1] & 0x3f) << 6 | (text[at + 2] & 0x3f);
    hex(code, 4, out);
  }

  private static void hex(int value, int digits, ByteArrayOutputStream out) {
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
      out.write(HEX[value >> shift & 0xf]);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
