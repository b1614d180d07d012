package io.trifold.replica;

/** A position that cannot be told, or waited for. The message is one line for a user. */
public final class PositionException extends Exception {
  private static final long serialVersionUID = 1L;

  /** What was in the way. */
  public enum Cause {
    /** The limit passed. */
    TIMED_OUT,
    /** No such position can come. */
    IMPOSSIBLE,
    /** Nobody waits any more. */
    GIVEN_UP,
    /** Propagation has stopped. */
    STOPPED
  }

  private final Cause cause;

  PositionException(Cause cause, String message) {
    super(message);
    this.cause = cause;
  }

  /** What was in the way. */
  public Cause reason() {
    return cause;
  }
}
