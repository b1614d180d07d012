package io.trifold.queue;

import java.util.Set;

/**
 * Why the log did not do what it was asked. The message is one line for a user: what, where, what
 * to do. Never a password.
 */
public abstract sealed class QueueException extends Exception {
  private QueueException(String message, Throwable cause) {
    super(message, cause);
  }

  /**
   * The database cannot be reached or cannot serve now. Nothing is known of what was in flight;
   * every method of {@link FarmLog} can be called again with the same arguments.
   */
  public static final class Unreachable extends QueueException {
    public Unreachable(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /**
   * The database or the farm says no, and will say so again: wrong password, unknown database,
   * wrong key, a host name in use, a session that another one of the same host has replaced.
   */
  public static final class Refused extends QueueException {
    public Refused(String message) {
      super(message, null);
    }

    public Refused(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /**
   * The log is not what this host has reason to trust: a bad signature, a hole, another epoch,
   * content that is not what its digest says. Nothing of it may be applied.
   */
  public static final class Corrupt extends QueueException {
    private final long position;

    /**
     * @param position of the event concerned, 0 if none is
     */
    public Corrupt(long position, String message) {
      super(message, null);
      this.position = position;
    }

    /** The position concerned, 0 if none is. */
    public long position() {
      return position;
    }
  }

  /**
   * The log no longer has the events that were asked for: who needs them compares what it has with
   * the paths' states instead.
   */
  public static final class TooOld extends QueueException {
    /**
     * For events that are gone.
     *
     * @param wanted the position that was asked for
     * @param oldest the first that is there
     */
    public TooOld(long wanted, long oldest) {
      super(
          "the log begins at event "
              + oldest
              + ", and event "
              + wanted
              + " is no longer in it: this host was away for longer than the farm keeps its log",
          null);
    }
  }

  /**
   * The log is not the one that this host has read and appended to: it was restored from an older
   * state, or has begun a new epoch. Nothing was done. Open another session, and compare.
   */
  public static final class Rewound extends QueueException {
    private final long position;

    /**
     * @param position of the event that is missing or another one now, 0 if none is known
     */
    public Rewound(long position, String message) {
      super(message, null);
      this.position = position;
    }

    /** The position concerned, 0 if none is known. */
    public long position() {
      return position;
    }
  }

  /**
   * An append named chunks that the content store lacks; nothing was appended. Store them first.
   */
  public static final class MissingChunks extends QueueException {
    private final transient Set<Digest> digests;

    public MissingChunks(Set<Digest> digests) {
      super("the content store lacks " + digests.size() + " chunks that the events name", null);
      this.digests = Set.copyOf(digests);
    }

    public Set<Digest> digests() {
      return digests;
    }
  }
}
