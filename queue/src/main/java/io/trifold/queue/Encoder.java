package io.trifold.queue;

import io.trifold.rules.FileNames;
import java.io.ByteArrayOutputStream;
import java.util.UUID;

/** Writes the primitives of {@link EventCodec}. */
final class Encoder {
  private static final int MAX_TEXT = 0xffff;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream(512);

  void putByte(int value) {
    out.write(value);
  }

  void putShort(int value) {
    out.write(value >>> 8);
    out.write(value);
  }

  void putInt(int value) {
    putShort(value >>> 16);
    putShort(value);
  }

  void putLong(long value) {
    putInt((int) (value >>> 32));
    putInt((int) value);
  }

  void putId(UUID id) {
    putLong(id.getMostSignificantBits());
    putLong(id.getLeastSignificantBits());
  }

  void put(byte[] bytes) {
    out.writeBytes(bytes);
  }

  void putText(String text) {
    byte[] bytes = FileNames.encode(text);
    if (bytes.length > MAX_TEXT) {
      throw new IllegalArgumentException("a text of " + bytes.length + " bytes");
    }
    putShort(bytes.length);
    put(bytes);
  }

  byte[] bytes() {
    return out.toByteArray();
  }
}
