package io.trifold.queue;

import io.trifold.rules.FileNames;
import java.nio.ByteBuffer;
import java.util.UUID;

/** Reads the primitives of {@link EventCodec}; never beyond the end, never more than is there. */
final class Decoder {
  private final ByteBuffer in;

  Decoder(ByteBuffer in) {
    this.in = in;
  }

  int remaining() {
    return in.remaining();
  }

  int getByte() throws MalformedEventException {
    need(Byte.BYTES);
    return in.get() & 0xff;
  }

  boolean getFlag() throws MalformedEventException {
    int flag = getByte();
    if (flag > 1) {
      throw new MalformedEventException("neither yes nor no: " + flag);
    }
    return flag == 1;
  }

  int getShort() throws MalformedEventException {
    need(Short.BYTES);
    return in.getShort() & 0xffff;
  }

  int getInt() throws MalformedEventException {
    need(Integer.BYTES);
    return in.getInt();
  }

  long getLong() throws MalformedEventException {
    need(Long.BYTES);
    return in.getLong();
  }

  UUID getId() throws MalformedEventException {
    need(2 * Long.BYTES);
    return new UUID(in.getLong(), in.getLong());
  }

  byte[] getBytes(long length) throws MalformedEventException {
    if (length < 0) {
      throw new MalformedEventException("a negative length");
    }
    need(length);
    byte[] bytes = new byte[(int) length];
    in.get(bytes);
    return bytes;
  }

  int getLength(int most) throws MalformedEventException {
    int length = getShort();
    if (length > most) {
      throw new MalformedEventException("a text longer than " + most + " bytes");
    }
    return length;
  }

  String getText(int most) throws MalformedEventException {
    return FileNames.decode(getBytes(getLength(most)));
  }

  void end() throws MalformedEventException {
    if (in.hasRemaining()) {
      throw new MalformedEventException(in.remaining() + " bytes too many");
    }
  }

  private void need(long length) throws MalformedEventException {
    if (in.remaining() < length) {
      throw new MalformedEventException("cut short");
    }
  }
}
