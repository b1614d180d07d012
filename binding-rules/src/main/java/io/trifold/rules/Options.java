package io.trifold.rules;

import java.time.Duration;

/** The options of a rule, typed. */
public record Options(Duration cache, Duration timeout, Offline offline) {
  /** What a propagated path does while the queue cannot be reached. */
  public enum Offline {
    /** Writes go on and are journalled until the queue is back. */
    JOURNAL,
    /** Writes are refused. */
    REFUSE
  }

  /** The defaults. */
  public static final Options NONE =
      new Options(Duration.ofSeconds(1), Duration.ofSeconds(30), Offline.JOURNAL);
}
