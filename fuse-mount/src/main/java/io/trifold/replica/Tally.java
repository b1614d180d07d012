package io.trifold.replica;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/** What the workers did since the start, for the status. Thread-safe; never blocks for long. */
final class Tally {
  private final InstantSource clock;
  private volatile long head;
  private volatile Optional<Instant> lastApplied = Optional.empty();
  private volatile String lastError = "";
  private long special;

  Tally(InstantSource clock) {
    this.clock = clock;
  }

  /** The log is known to reach this far. */
  synchronized void head(long position) {
    head = Math.max(head, position);
  }

  void applied() {
    lastApplied = Optional.of(clock.instant());
  }

  synchronized void special() {
    special++;
  }

  void failed(String error) {
    lastError = error;
  }

  long head() {
    return head;
  }

  Optional<Instant> lastApplied() {
    return lastApplied;
  }

  String lastError() {
    return lastError;
  }

  synchronized long specialFiles() {
    return special;
  }
}
