package io.trifold.rules;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * File names as text, without loss. A name is bytes to the kernel; here it is the text that those
 * bytes are in UTF-8, and each byte that is not part of valid UTF-8 is the lone surrogate {@code
 * U+DC00 + byte} (the {@code surrogateescape} of PEP 383). {@code encode(decode(b))} is {@code b}
 * for every {@code b}.
 */
public final class FileNames {
  private static final char ESCAPE_BASE = '\uDC00';

  private FileNames() {}

  /** The text of a name or path. */
  public static String decode(byte[] bytes) {
    return decode(bytes, 0, bytes.length);
  }

  /** The text of the {@code length} bytes from {@code offset}. */
  public static String decode(byte[] bytes, int offset, int length) {
    String text = new String(bytes, offset, length, StandardCharsets.UTF_8);
    return text.indexOf('\uFFFD') < 0 ? text : decodeEscaping(bytes, offset, length);
  }

  /**
   * The bytes of a name or path that {@link #decode} made, or that is ordinary text.
   *
   * @throws IllegalArgumentException if the text holds a lone surrogate that stands for no byte
   */
  public static byte[] encode(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        return encodeEscaped(text);
      }
    }
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static boolean isEscape(char c) {
    return c >= '\uDC80' && c <= '\uDCFF';
  }

  private static String decodeEscaping(byte[] bytes, int offset, int length) {
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(bytes, offset, length);
    CharBuffer out = CharBuffer.allocate(length);
    while (true) {
      CoderResult result = decoder.decode(in, out, true);
      if (!result.isError()) {
        return out.flip().toString();
      }
      for (int i = 0; i < result.length(); i++) {
        out.put((char) (ESCAPE_BASE + (in.get() & 0xff)));
      }
      decoder.reset();
    }
  }

  private static byte[] encodeEscaped(String text) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(text.length() + 16);
    int from = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else if (isEscape(c)) {
        write(out, text, from, i);
        out.write(c - ESCAPE_BASE);
        from = i + 1;
      }
    }
    write(out, text, from, text.length());
    return out.toByteArray();
  }

  private static void write(ByteArrayOutputStream out, String text, int from, int to) {
    try {
      ByteBuffer bytes =
          StandardCharsets.UTF_8
              .newEncoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .encode(CharBuffer.wrap(text, from, to));
      byte[] run = new byte[bytes.remaining()];
      bytes.get(run);
      out.writeBytes(run);
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("not a file name: " + text, e);
    }
  }
}
