package io.trifold.replica;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalLong;

/** What the workers did since the start, for the status. Thread-safe; never blocks for long. */
final class Tally {
  private final InstantSource clock;
  private volatile long head;
  private long own = -1;
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

  /** The log is another one by now, and reaches this far. */
  synchronized void rewound(long position) {
    head = position;
    own = Math.min(own, position);
  }

  /** An event of this host may be at this position of the log, and none behind it. */
  synchronized void own(long position) {
    own = Math.max(own, position);
  }

  /** The last that {@link #own} was told; empty before the first session with the log. */
  synchronized OptionalLong own() {
    return own < 0 ? OptionalLong.empty() : OptionalLong.of(own);
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
