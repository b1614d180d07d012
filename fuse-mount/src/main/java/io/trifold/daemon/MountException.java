package io.trifold.daemon;

import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/**
 * A mount cannot be made, reached or ended. The message is one line for a user: what, where, what
 * to do.
 */
public final class MountException extends Exception {
  private static final long serialVersionUID = 1L;

  public MountException(String message) {
    super(message);
  }

  public MountException(String message, Throwable cause) {
    super(message, cause);
  }

  /** The message of any failure as one line. */
  static String reason(Throwable failure) {
    String message = failure.getMessage();
    if (failure instanceof FileSystemException e && e.getReason() != null) {
      message = e.getReason();
    } else if (failure instanceof AccessDeniedException) {
      message = "permission denied";
    } else if (failure instanceof NoSuchFileException) {
      message = "no such file";
    }
    return message == null
        ? failure.getClass().getSimpleName()
        : message.lines().findFirst().orElse("").strip();
  }
}
