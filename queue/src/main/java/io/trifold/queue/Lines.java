package io.trifold.queue;

import java.time.Instant;
import java.util.Arrays;

/**
 * Lines that were written to one log at once.
 *
 * @param sequence the host's own number; ascending, with gaps
 * @param at when they were written, by the host's clock, in milliseconds
 * @param path of the log, relative to the root
 * @param text one or more lines without the end of the last one, not tagged
 */
@SuppressWarnings("ArrayRecordComponent") // it has an equals of its own
public record Lines(long sequence, Instant at, String path, byte[] text) {
  @Override
  public boolean equals(Object other) {
    return other instanceof Lines that
        && sequence == that.sequence
        && at.equals(that.at)
        && path.equals(that.path)
        && Arrays.equals(text, that.text);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(sequence);
  }
}
