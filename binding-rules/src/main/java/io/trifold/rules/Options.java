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
 * @param onApply the call that is to know of what was applied here; empty for none
 * @param broadcastDeletes whether what is deleted here is deleted on every host
 * @param bypass whether the kernel serves the directory itself, from where its bytes are
 * @param written the options as the line has them, separated by one space; may be empty
 */
public record Options(
    Duration cache,
    Duration timeout,
    boolean passthrough,
    Offline offline,
    String onApply,
    boolean broadcastDeletes,
    boolean bypass,
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
          "",
          false,
          false,
          "");

  /**
   * The options that have a meaning for {@code binding}, as {@code name=value} separated by one
   * space, set or by default; empty where it has none. Rarities are told only where they are set:
   * they mean nothing for most paths.
   */
  public String describe(Binding binding) {
    StringBuilder text = new StringBuilder();
    for (Option option : Option.of(binding)) {
      if (isRarityUnset(option)) {
        continue;
      }
      text.append(text.isEmpty() ? "" : " ")
          .append(option.word())
          .append('=')
          .append(option.of(this));
    }
    return text.toString();
  }

  private boolean isRarityUnset(Option option) {
    return switch (option) {
      case BYPASS, ON_APPLY, DELETES -> option.of(this).equals(option.defaultValue());
      default -> false;
    };
  }

  Options withCache(Duration value) {
    return new Options(
        value, timeout, passthrough, offline, onApply, broadcastDeletes, bypass, written);
  }

  Options withTimeout(Duration value) {
    return new Options(
        cache, value, passthrough, offline, onApply, broadcastDeletes, bypass, written);
  }

  Options withPassthrough(boolean value) {
    return new Options(cache, timeout, value, offline, onApply, broadcastDeletes, bypass, written);
  }

  Options withOffline(Offline value) {
    return new Options(
        cache, timeout, passthrough, value, onApply, broadcastDeletes, bypass, written);
  }

  Options withOnApply(String value) {
    return new Options(
        cache, timeout, passthrough, offline, value, broadcastDeletes, bypass, written);
  }

  Options withBroadcastDeletes(boolean value) {
    return new Options(cache, timeout, passthrough, offline, onApply, value, bypass, written);
  }

  Options withBypass(boolean value) {
    return new Options(
        cache, timeout, passthrough, offline, onApply, broadcastDeletes, value, written);
  }

  Options withWritten(String value) {
    return new Options(
        cache, timeout, passthrough, offline, onApply, broadcastDeletes, bypass, value);
  }
}
