package io.trifold.config;

/** Settings that cannot be meant. The message is one line: where, what is wrong, what to do. */
public final class SettingsException extends Exception {
  private static final long serialVersionUID = 1L;

  public SettingsException(String message) {
    super(message);
  }

  public SettingsException(String message, Throwable cause) {
    super(message, cause);
  }
}
