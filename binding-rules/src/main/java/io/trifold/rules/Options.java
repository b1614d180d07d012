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
 * @param bypass whether the kernel serves the directory itself, from where its bytes are
 * @param log what is done with the lines of a log
 * @param written the options as the line has them, separated by one space; may be empty
 */
public record Options(
    Duration cache,
    Duration timeout,
    boolean passthrough,
    Offline offline,
    boolean bypass,
    LogOptions log,
    String written) {
  /** What a propagated path does while the queue cannot be reached. */
  public enum Offline {
    /** Writes go on and are journalled until the queue is back. */
    JOURNAL,
    /** Writes are refused. */
    REFUSE
  }

  /** The defaults. */
  public static final Options NONE =
      new Options(
          Duration.ofSeconds(1),
          Duration.ofSeconds(30),
          true,
          Offline.JOURNAL,
          false,
          LogOptions.NONE,
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
    return new Options(value, timeout, passthrough, offline, bypass, log, written);
  }

  Options withTimeout(Duration value) {
    return new Options(cache, value, passthrough, offline, bypass, log, written);
  }

  Options withPassthrough(boolean value) {
    return new Options(cache, timeout, value, offline, bypass, log, written);
  }

  Options withOffline(Offline value) {
    return new Options(cache, timeout, passthrough, value, bypass, log, written);
  }

  Options withBypass(boolean value) {
    return new Options(cache, timeout, passthrough, offline, value, log, written);
  }

  Options withLog(LogOptions value) {
    return new Options(cache, timeout, passthrough, offline, bypass, value, written);
  }

  Options withWritten(String value) {
    return new Options(cache, timeout, passthrough, offline, bypass, log, value);
  }
}
