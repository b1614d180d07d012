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
      int length = Math.max(1, sequence(text, i, end));
      int code = length == 1 ? text[i] & 0xff : decoded(text, i, length);
      if (isUnsafe(code)) {
        out.write(text, plain, i - plain);
        spell(code, length, out);
        plain = i + length;
      }
      i += length;
    }
    out.write(text, plain, end - plain);
  }

  /**
   * How many bytes from here are one character in UTF-8; 0 if none is, as in text of another
   * encoding.
   */
  private static int sequence(byte[] text, int at, int end) {
    int first = text[at] & 0xff;
    if (first < 0x80) {
      return 1;
    }
    int length = first < 0xc2 || first > 0xf4 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (at + length > end) {
      return 0;
    }
    for (int i = at + 1; i < at + length; i++) {
      if ((text[i] & 0xc0) != 0x80) {
        return 0;
      }
    }
    // What is longer than it need be, a half of a pair, or beyond the last character.
    int second = length > 2 ? text[at + 1] & 0xff : 0x80;
    boolean wrong =
        (first == 0xe0 && second < 0xa0)
            || (first == 0xed && second > 0x9f)
            || (first == 0xf0 && second < 0x90)
            || (first == 0xf4 && second > 0x8f);
    return wrong ? 0 : length;
  }

  private static int decoded(byte[] text, int at, int length) {
    int code = text[at] & 0x7f >> length;
    for (int i = at + 1; i < at + length; i++) {
      code = code << 6 | (text[i] & 0x3f);
    }
    return code;
  }

  /**
   * Whether a character is to be spelled out; or a byte that is none in UTF-8: for a terminal of
   * eight bits those from 0x80 on are controls, too.
   */
  private static boolean isUnsafe(int code) {
    if (code < 0xa0) {
      return (code < ' ' && code != '\t') || code >= 0x7f;
    }
    return code == 0x061c // ARABIC LETTER MARK
        || (code >= 0x200e && code <= 0x200f) // LEFT-TO-RIGHT MARK, RIGHT-TO-LEFT MARK
        || (code >= 0x2028 && code <= 0x202e) // separators, embeddings and overrides
        || (code >= 0x2066 && code <= 0x2069); // isolates
  }

  private static void spell(int code, int length, ByteArrayOutputStream out) {
    out.write('\\');
    out.write(length == 1 ? 'x' : 'u');
    hex(code, length == 1 ? 2 : 4, out);
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
