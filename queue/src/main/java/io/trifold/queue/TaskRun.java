package io.trifold.queue;

import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/**
 * One run of a task.
 *
 * @param ended by the database's clock, as {@code started}
 */
public record TaskRun(
    Key key,
    String host,
    State state,
    Instant started,
    Optional<Instant> ended,
    Optional<Integer> exitCode,
    String output,
    String reason) {
  /**
   * Which run: there is one of each.
   *
   * @param scope the host, for a task of every host; empty for one of the primary
   * @param due when it was to run
   * @param attempt the first is 1; {@link #ASKED} of a run that the schedule knows nothing of
   */
  public record Key(String task, String scope, Instant due, int attempt) {
    /** Of a run that somebody asked for: it stands for no due time, and is not tried again. */
    public static final int ASKED = 0;
  }

  /**
   * Who runs it.
   *
   * @param term of the primary's lease; 0 for what needs no primary
   */
  public record Runner(String host, UUID session, long term) {}

  /** What has become of it. */
  public enum State {
    RUNNING,
    OK,
    FAILED,
    /** Its host died, or lost the right to run it, before it had ended. */
    UNKNOWN,
    /** It was due while an earlier one was still running. */
    SKIPPED;

    /** As it is shown and stored. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }

    static State ofWord(String word) {
      return valueOf(word.toUpperCase(Locale.ROOT));
    }
  }
}
