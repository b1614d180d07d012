package io.trifold.logs;

import io.trifold.queue.Lines;
import io.trifold.rules.FileNames;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * The bytes of an entry of the spool. What a crash has cut off is recognised, and is none.
 *
 * <pre>
 * entry = length:u32 crc:u32 body[length]
 * body  = sequence:u64 millis:i64 flags:u8 inode:u64 offset:i64 writer:u64 path text held
 *         (the last three with length:u32 before)
 * </pre>
 */
final class SpoolCodec {
  static final int HEAD = 8;
  private static final int SYSLOG = 1;
  private static final int CLOUD = 2;
  private static final int GROWS = 4;
  private static final int FIXED = 8 + 8 + 1 + 8 + 8 + 8 + 3 * 4;
  private static final int LONGEST = 64 << 20;

  private SpoolCodec() {}

  static byte[] encode(Spooled entry) {
    byte[] path = FileNames.encode(entry.lines().path());
    byte[] text = entry.lines().text();
    int length = FIXED + path.length + text.length + entry.held().length;
    ByteBuffer out = ByteBuffer.allocate(HEAD + length);
    out.putInt(length).putInt(0);
    out.putLong(entry.lines().sequence()).putLong(entry.lines().at().toEpochMilli());
    out.put(
        (byte)
            ((entry.syslog() ? SYSLOG : 0)
                | (entry.cloud() ? CLOUD : 0)
                | (entry.grows() ? GROWS : 0)));
    out.putLong(entry.inode()).putLong(entry.offset()).putLong(entry.writer());
    out.putInt(path.length).put(path).putInt(text.length).put(text);
    out.putInt(entry.held().length).put(entry.held());
    out.putInt(4, crc(out.array(), HEAD, length));
    return out.array();
  }

  /** How long the body is behind the head that is here; negative if that is no head. */
  static int bodyLength(byte[] bytes, int from) {
    int length = ByteBuffer.wrap(bytes).getInt(from);
    return length < FIXED || length > LONGEST ? -1 : length;
  }

  /** The entry that is here, head and body; none if they are not what was written. */
  static Optional<Spooled> decode(byte[] bytes, int from, int bodyLength) {
    if (crc(bytes, from + HEAD, bodyLength) != ByteBuffer.wrap(bytes).getInt(from + 4)) {
      return Optional.empty();
    }
    try {
      ByteBuffer in = ByteBuffer.wrap(bytes, from + HEAD, bodyLength);
      long sequence = in.getLong();
      Instant at = Instant.ofEpochMilli(in.getLong());
      int flags = in.get();
      long inode = in.getLong();
      long offset = in.getLong();
      long writer = in.getLong();
      String path = FileNames.decode(bytes(in));
      byte[] text = bytes(in);
      return Optional.of(
          new Spooled(
              new Lines(sequence, at, path, text),
              (flags & SYSLOG) != 0,
              (flags & CLOUD) != 0,
              inode,
              offset,
              writer,
              (flags & GROWS) != 0,
              bytes(in)));
    } catch (BufferUnderflowException | NegativeArraySizeException e) {
      return Optional.empty();
    }
  }

  private static byte[] bytes(ByteBuffer in) {
    int length = in.getInt();
    if (length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }

  private static int crc(byte[] bytes, int from, int length) {
    CRC32 crc = new CRC32();
    crc.update(bytes, from, length);
    return (int) crc.getValue();
  }
}
