package io.trifold.logs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/** A place in a segment, from which entries are read in order: many by one read of the file. */
final class SegmentReader {
  private static final int WINDOW = 256 << 10;

  private final Segment segment;

  /** What was read of the segment, from {@code start} on. */
  private byte[] window = {};

  private int length;
  private long start;
  private long offset;

  SegmentReader(Segment segment) {
    this.segment = segment;
  }

  Segment segment() {
    return segment;
  }

  /** Where the next entry begins. */
  long offset() {
    return offset;
  }

  boolean isAtEnd() {
    return offset >= segment.size();
  }

  /** Leaves out the rest, as far as there is one now. */
  void skip() {
    offset = segment.size();
  }

  /** The next entry; none at the end, which may be where a crash has cut one off. */
  Optional<Spooled> next() throws IOException {
    if (!has(SpoolCodec.HEAD)) {
      return Optional.empty();
    }
    int body = SpoolCodec.bodyLength(window, at());
    if (body < 0 || !has(SpoolCodec.HEAD + body)) {
      return Optional.empty();
    }
    Optional<Spooled> entry = SpoolCodec.decode(window, at(), body);
    if (entry.isPresent()) {
      offset += SpoolCodec.HEAD + body;
    }
    return entry;
  }

  private int at() {
    return (int) (offset - start);
  }

  /** Whether the window has so many bytes from here on; makes it so if the segment has. */
  private boolean has(int bytes) throws IOException {
    if (offset < start + length && start + length - offset >= bytes) {
      return true;
    }
    if (segment.size() - offset < bytes) {
      return false;
    }
    if (window.length < Math.max(bytes, WINDOW)) {
      window = new byte[Math.max(bytes, WINDOW)];
    }
    ByteBuffer buffer = ByteBuffer.wrap(window);
    segment.read(buffer, offset);
    start = offset;
    length = buffer.position();
    return length >= bytes;
  }
}
