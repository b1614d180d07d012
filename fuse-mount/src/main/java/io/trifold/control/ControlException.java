package io.trifold.control;

/** A request that cannot be met. The message is one line for a user: what, where, what to do. */
public final class ControlException extends Exception {
  private static final long serialVersionUID = 1L;

  private final int exitCode;

  /** A failure with exit code 1. */
  public ControlException(String message) {
    this(message, 1);
  }

  /**
   * A failure.
   *
   * @param exitCode what the command ends with; not 0
   */
  public ControlException(String message, int exitCode) {
    super(message);
    this.exitCode = exitCode;
  }

  /** A failure with exit code 1 and its cause. */
  public ControlException(String message, Throwable cause) {
    super(message, cause);
    this.exitCode = 1;
  }

  /** What the command ends with. */
  public int exitCode() {
    return exitCode;
  }
}
