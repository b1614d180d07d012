package io.trifold.queue;

import com.github.luben.zstd.Zstd;
import io.trifold.rules.FileNames;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The bytes of a batch: what is signed and stored. Numbers are big-endian and of fixed width.
 *
 * <pre>
 * batch = "TFL" version:u8(1) host:text incarnation:16 length:u32 zstd(lines*)[length]
 * lines = sequence:u64 millis:i64 path:text length:u32 bytes
 * </pre>
 */
final class LineCodec {
  private static final int MAGIC = 'T' << 24 | 'F' << 16 | 'L' << 8 | 1;

  /** Beyond the text itself: paths and numbers. */
  private static final int MAX_BODY = 4 * LineStream.MAX_BATCH;

  private static final int LEVEL = 1;

  /** What a batch says of itself. */
  record Authored(String host, UUID incarnation, List<Lines> lines) {}

  private LineCodec() {}

  static byte[] encode(String host, UUID incarnation, List<Lines> lines) {
    Encoder body = new Encoder();
    for (Lines each : lines) {
      body.putLong(each.sequence());
      body.putLong(each.at().toEpochMilli());
      body.putText(each.path());
      body.putInt(each.text().length);
      body.put(each.text());
    }
    byte[] bytes = body.bytes();
    if (bytes.length > MAX_BODY) {
      throw new IllegalArgumentException("a batch of " + bytes.length + " bytes");
    }
    Encoder out = new Encoder();
    out.putInt(MAGIC);
    out.putText(host);
    out.putId(incarnation);
    out.putInt(bytes.length);
    out.put(Zstd.compress(bytes, LEVEL));
    return out.bytes();
  }

  /** To be called with what was verified only: then a length is no lie. */
  static Authored decode(byte[] payload) throws MalformedEventException {
    Decoder in = new Decoder(ByteBuffer.wrap(payload));
    if (in.getInt() != MAGIC) {
      throw new MalformedEventException("not a batch of lines of version 1");
    }
    String host = in.getText(64);
    if (!Membership.isHostName(host)) {
      throw new MalformedEventException("not a host's name");
    }
    UUID incarnation = in.getId();
    int length = in.getInt();
    if (length < 0 || length > MAX_BODY) {
      throw new MalformedEventException("a length is out of range");
    }
    byte[] body = new byte[length];
    long n = Zstd.decompress(body, in.getBytes(in.remaining()));
    if (Zstd.isError(n) || n != length) {
      throw new MalformedEventException("cannot be decompressed");
    }
    return new Authored(host, incarnation, decodeLines(new Decoder(ByteBuffer.wrap(body))));
  }

  private static List<Lines> decodeLines(Decoder in) throws MalformedEventException {
    List<Lines> lines = new ArrayList<>();
    long last = 0;
    while (in.remaining() > 0) {
      long sequence = in.getLong();
      if (sequence <= last) {
        throw new MalformedEventException("a sequence that does not ascend");
      }
      last = sequence;
      long millis = in.getLong();
      byte[] path = in.getBytes(in.getLength(PathRules.MAX_PATH));
      PathRules.check(path);
      byte[] text = in.getBytes(in.getInt());
      lines.add(new Lines(sequence, Instant.ofEpochMilli(millis), FileNames.decode(path), text));
    }
    if (lines.isEmpty()) {
      throw new MalformedEventException("a batch without lines");
    }
    return lines;
  }
}
