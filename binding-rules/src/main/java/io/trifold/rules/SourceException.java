package io.trifold.rules;

/** A rule file or preset that is not there or cannot be read; what, and what to do. */
final class SourceException extends Exception {
  private static final long serialVersionUID = 1L;

  SourceException(String message) {
    super(message);
  }
}
