package io.trifold.rules;

import java.time.Duration;
import java.util.function.Consumer;

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
 * @param sync when a close and an fsync of a changed file return
 * @param syncTimeout how long they wait at most
 * @param maxSize how many bytes a file may have that travels
 * @param onApply the call that is to know of what was applied here; empty for none
 * @param broadcastDeletes whether what is deleted here is deleted on every host
 * @param bypass whether the kernel serves the directory itself, from where its bytes are
 * @param log what is done with the lines of a log
 * @param written the options as the line has them, separated by one space; may be empty
 */
public record Options(
    Duration cache,
    Duration timeout,
    boolean passthrough,
    Offline offline,
    Conflict conflict,
    Duration history,
    Sync sync,
    Duration syncTimeout,
    long maxSize,
    String onApply,
    boolean broadcastDeletes,
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

  /** What becomes of a change of a propagated path that was made without knowing another's. */
  public enum Conflict {
    /** The later one replaces the earlier, which stays in the history. */
    LAST_WINS,
    /** The later one is kept as a file beside. */
    KEEP_BOTH,
    /** As the last wins, but that of a primary is not replaced by a replica's. */
    PRIMARY_WINS
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
          Conflict.LAST_WINS,
          Duration.ofDays(30),
          Sync.NONE,
          Duration.ofSeconds(10),
          Sizes.UNLIMITED,
          "",
          false,
          false,
          LogOptions.NONE,
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
      case BYPASS, MAX_SIZE, ON_APPLY, DELETES -> option.of(this).equals(option.defaultValue());
      case SYNC, SYNC_TIMEOUT -> sync == Sync.NONE;
      default -> false;
    };
  }

  /** Whether there is a limit to a file's size. */
  public boolean hasMaxSize() {
    return maxSize != Sizes.UNLIMITED;
  }

  /** The same options, to be changed. */
  private static final class Draft {
    Duration cache;
    Duration timeout;
    boolean passthrough;
    Offline offline;
    Conflict conflict;
    Duration history;
    Sync sync;
    Duration syncTimeout;
    long maxSize;
    String onApply;
    boolean broadcastDeletes;
    boolean bypass;
    LogOptions log;
    String written;
  }

  private Options with(Consumer<Draft> change) {
    Draft draft = new Draft();
    draft.cache = cache;
    draft.timeout = timeout;
    draft.passthrough = passthrough;
    draft.offline = offline;
    draft.conflict = conflict;
    draft.history = history;
    draft.sync = sync;
    draft.syncTimeout = syncTimeout;
    draft.maxSize = maxSize;
    draft.onApply = onApply;
    draft.broadcastDeletes = broadcastDeletes;
    draft.bypass = bypass;
    draft.log = log;
    draft.written = written;
    change.accept(draft);
    return new Options(
        draft.cache,
        draft.timeout,
        draft.passthrough,
        draft.offline,
        draft.conflict,
        draft.history,
        draft.sync,
        draft.syncTimeout,
        draft.maxSize,
        draft.onApply,
        draft.broadcastDeletes,
        draft.bypass,
        draft.log,
        draft.written);
  }

  Options withCache(Duration value) {
    return with(draft -> draft.cache = value);
  }

  Options withTimeout(Duration value) {
    return with(draft -> draft.timeout = value);
  }

  Options withPassthrough(boolean value) {
    return with(draft -> draft.passthrough = value);
  }

  Options withOffline(Offline value) {
    return with(draft -> draft.offline = value);
  }

  Options withConflict(Conflict value) {
    return with(draft -> draft.conflict = value);
  }

  Options withHistory(Duration value) {
    return with(draft -> draft.history = value);
  }

  Options withSync(Sync value) {
    return with(draft -> draft.sync = value);
  }

  Options withSyncTimeout(Duration value) {
    return with(draft -> draft.syncTimeout = value);
  }

  Options withMaxSize(long value) {
    return with(draft -> draft.maxSize = value);
  }

  Options withOnApply(String value) {
    return with(draft -> draft.onApply = value);
  }

  Options withBroadcastDeletes(boolean value) {
    return with(draft -> draft.broadcastDeletes = value);
  }

  Options withBypass(boolean value) {
    return with(draft -> draft.bypass = value);
  }

  Options withLog(LogOptions value) {
    return with(draft -> draft.log = value);
  }

  Options withWritten(String value) {
    return with(draft -> draft.written = value);
  }
}
