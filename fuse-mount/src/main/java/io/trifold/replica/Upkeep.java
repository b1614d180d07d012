package io.trifold.replica;

import java.time.Duration;

/**
 * How a replica looks after itself.
 *
 * @param scrubRate how many bytes a second the scrub in the background reads; 0 for no scrub
 * @param scrubPause how long it rests between two passes
 * @param safetyStop how many percent of the files may be found missing at once before the host
 *     stops; 100 for no such stop
 * @param journalLimit how many changes may wait while the database is away before more are refused
 */
public record Upkeep(long scrubRate, Duration scrubPause, int safetyStop, int journalLimit) {
  /** What is right for most. */
  public static final Upkeep DEFAULT = new Upkeep(8L << 20, Duration.ofMinutes(15), 50, 1_000_000);
}
