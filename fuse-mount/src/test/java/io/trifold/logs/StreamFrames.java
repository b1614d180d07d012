package io.trifold.logs;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** What a collector reads from a stream (RFC 6587, octet counting). */
public final class StreamFrames {
  private StreamFrames() {}

  /** The next message. */
  public static String next(InputStream in) throws IOException {
    int length = 0;
    for (int c = in.read(); c != ' '; c = in.read()) {
      if (c < 0) {
        throw new EOFException();
      }
      length = 10 * length + c - '0';
    }
    return new String(in.readNBytes(length), StandardCharsets.UTF_8);
  }
}
