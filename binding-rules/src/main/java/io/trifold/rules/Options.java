package io.trifold.rules;

import java.time.Duration;

/**
 * The options of a rule, typed, with defaults for what its line leaves out. Which of them have a
 * meaning depends on the binding: {@link Option}.
 *
 * @param cache how long the kernel may keep attributes and names
 * @param timeout how long an operation on shared storage may take
 * @param passthrough whether the kernel may read and write the file's bytes itself
 * @param offline what a change does while the queue cannot be reached
 * @param conflict what becomes of a change that was made without knowing another host's
 * @param history how long a version is kept that is no longer the current one
 * @param bypass whether the kernel serves the directory itself, from where its bytes are
 * @param written the options as the line has them, separated by one space; may be empty
 */
public record Options(
    Duration cache,
    Duration timeout,
    boolean passthrough,
    Offline offline,
    Conflict conflict,
    Duration history,
    boolean bypass,
    String written) {
  /** What a propagated path does while the queue cannot be reached. */
  public enum Offline {
    /** Writes go on and are journalled until the queue is back. */
    JOURNAL,
    /** Writes are refused. */
    REFUSE
  }

  /** What becomes of a change of a propagated path that was made without knowing another's. */
  public enum Conflict {
    /** The later one replaces the earlier, which stays in the history. */
    LAST_WINS,
    /** The later one is kept as a file beside. */
    KEEP_BOTH,
    /** As the last wins, but that of a primary is not replaced by a replica's. */
    PRIMARY_WINS
  }

  /** The defaults. */
  public static final Options NONE =
      new Options(
          Duration.ofSeconds(1),
          Duration.ofSeconds(30),
          true,
          Offline.JOURNAL,
          Conflict.LAST_WINS,
          Duration.ofDays(30),
          false,
          "");

  /**
   * The options that have a meaning for {@code binding}, as {@code name=value} separated by one
   * space, set or by default; empty where it has none. {@link #bypass} is told only where it is on:
   * it is a rarity, and means nothing for most paths.
   */
  public String describe(Binding binding) {
    StringBuilder text = new StringBuilder();
    for (Option option : Option.of(binding)) {
      if (option == Option.BYPASS && !bypass) {
        continue;
      }
      text.append(text.isEmpty() ? "" : " ")
          .append(option.word())
          .append('=')
          .append(option.of(this));
    }
    return text.toString();
  }

  Options withCache(Duration value) {
    return new Options(value, timeout, passthrough, offline, conflict, history, bypass, written);
  }

  Options withTimeout(Duration value) {
    return new Options(cache, value, passthrough, offline, conflict, history, bypass, written);
  }

  Options withPassthrough(boolean value) {
    return new Options(cache, timeout, value, offline, conflict, history, bypass, written);
  }

  Options withOffline(Offline value) {
    return new Options(cache, timeout, passthrough, value, conflict, history, bypass, written);
  }

  Options withConflict(Conflict value) {
    return new Options(cache, timeout, passthrough, offline, value, history, bypass, written);
  }

  Options withHistory(Duration value) {
    return new Options(cache, timeout, passthrough, offline, conflict, value, bypass, written);
  }

  Options withBypass(boolean value) {
    return new Options(cache, timeout, passthrough, offline, conflict, history, value, written);
  }

  Options withWritten(String value) {
    return new Options(cache, timeout, passthrough, offline, conflict, history, bypass, value);
  }
}
