package io.trifold.replica;

import java.util.List;
import java.util.Optional;

/**
 * How far a host's disk is as the log says.
 *
 * @param applied up to which all events stand on the disk, save those that are parked, or are not
 *     for this host
 * @param parked the events of the log that could not be applied, the first of each path that failed
 */
record Reached(long applied, List<Unapplied> parked) {
  Reached {
    parked = List.copyOf(parked);
  }

  /**
   * Sums up.
   *
   * @param position up to which the log is applied or recorded as unapplied
   * @param waiting what is recorded so and to be tried again
   */
  static Reached of(long position, List<Unapplied> waiting) {
    long applied = position;
    for (Unapplied row : waiting) {
      if (row.cause() != Unapplied.Cause.PARKED) {
        applied = Math.min(applied, row.position() - 1);
      }
    }
    return new Reached(
        applied, waiting.stream().filter(row -> row.cause() == Unapplied.Cause.PARKED).toList());
  }

  /** One event up to that position that could not be applied. */
  Optional<Unapplied> parkedUpTo(long position) {
    return parked.stream().filter(row -> row.position() <= position).findFirst();
  }
}
