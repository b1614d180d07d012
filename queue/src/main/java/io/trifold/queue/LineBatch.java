package io.trifold.queue;

import java.time.Instant;
import java.util.List;

/**
 * Lines that one host has appended to the stream at once. Its signature has been verified.
 *
 * @param position its number in the stream: 1, 2, 3, … without gaps
 * @param host who wrote them
 * @param at when they were appended, by the database's clock; not signed
 * @param lines in their order
 */
public record LineBatch(long position, String host, Instant at, List<Lines> lines) {
  public LineBatch {
    lines = List.copyOf(lines);
  }
}
