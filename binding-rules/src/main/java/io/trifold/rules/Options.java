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
 * @param sync when a close and an fsync of a changed file return
 * @param syncTimeout how long they wait at most
 * @param bypass whether the kernel serves the directory itself, from where its bytes are
 * @param maxSize how many bytes a file may have that travels
 * @param written the options as the line has them, separated by one space; may be empty
 */
public record Options(
    Duration cache,
    Duration timeout,
    boolean passthrough,
    Offline offline,
    Sync sync,
    Duration syncTimeout,
    boolean bypass,
    long maxSize,
    String written) {
  /** What a propagated path does while the queue cannot be reached. */
  public enum Offline {
    /** Writes go on and are journalled until the queue is back. */
    JOURNAL,
    /** Writes are refused. */
    REFUSE
  }

  /** When a close and an fsync of a changed propagated file return. */
  public enum Sync {
    /** At once. */
    NONE,
    /** When the change is durable in the queue. */
    QUEUED,
    /** When every live host has it on its disk. */
    APPLIED
  }

  /** The defaults. */
  public static final Options NONE =
      new Options(
          Duration.ofSeconds(1),
          Duration.ofSeconds(30),
          true,
          Offline.JOURNAL,
          Sync.NONE,
          Duration.ofSeconds(10),
          false,
          Sizes.UNLIMITED,
          "");

  /**
   * The options that have a meaning for {@code binding}, as {@code name=value} separated by one
   * space, set or by default; empty where it has none. {@link #bypass}, {@link #sync} and {@link
   * #maxSize} are told only where they are set: they are rarities, and mean nothing for most paths.
   */
  public String describe(Binding binding) {
    StringBuilder text = new StringBuilder();
    for (Option option : Option.of(binding)) {
      if (isIdle(option)) {
        continue;
      }
      text.append(text.isEmpty() ? "" : " ")
          .append(option.word())
          .append('=')
          .append(option.of(this));
    }
    return text.toString();
  }

  private boolean isIdle(Option option) {
    return switch (option) {
      case BYPASS -> !bypass;
      case MAX_SIZE -> !hasMaxSize();
      case SYNC, SYNC_TIMEOUT -> sync == Sync.NONE;
      default -> false;
    };
  }

  Options withCache(Duration value) {
    return new Options(
        value, timeout, passthrough, offline, sync, syncTimeout, bypass, maxSize, written);
  }

  Options withTimeout(Duration value) {
    return new Options(
        cache, value, passthrough, offline, sync, syncTimeout, bypass, maxSize, written);
  }

  Options withPassthrough(boolean value) {
    return new Options(
        cache, timeout, value, offline, sync, syncTimeout, bypass, maxSize, written);
  }

  Options withOffline(Offline value) {
    return new Options(
        cache, timeout, passthrough, value, sync, syncTimeout, bypass, maxSize, written);
  }

  Options withSync(Sync value) {
    return new Options(
        cache, timeout, passthrough, offline, value, syncTimeout, bypass, maxSize, written);
  }

  Options withSyncTimeout(Duration value) {
    return new Options(
        cache, timeout, passthrough, offline, sync, value, bypass, maxSize, written);
  }

  Options withBypass(boolean value) {
    return new Options(
        cache, timeout, passthrough, offline, sync, syncTimeout, value, maxSize, written);
  }

  Options withMaxSize(long value) {
    return new Options(
        cache, timeout, passthrough, offline, sync, syncTimeout, bypass, value, written);
  }

  /** Whether there is a limit to a file's size. */
  public boolean hasMaxSize() {
    return maxSize != Sizes.UNLIMITED;
  }

  Options withWritten(String value) {
    return new Options(
        cache, timeout, passthrough, offline, sync, syncTimeout, bypass, maxSize, value);
  }
}
