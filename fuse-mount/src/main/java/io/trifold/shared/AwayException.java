package io.trifold.shared;

/**
 * The shared storage is not there, or not the right one. The message says why, in part of a line.
 */
public final class AwayException extends Exception {
  private static final long serialVersionUID = 1L;

  public AwayException(String message) {
    super(message);
  }

  public AwayException(String message, Throwable cause) {
    super(message, cause);
  }
}
