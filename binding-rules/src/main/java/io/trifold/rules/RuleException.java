package io.trifold.rules;

/**
 * A rule file that cannot be used. The message is one line: file, line, column, what is wrong, what
 * to do.
 */
public final class RuleException extends Exception {
  private static final long serialVersionUID = 1L;

  public RuleException(String message) {
    super(message);
  }
}
