package io.trifold.rules;

/** Text that is not in the language; what and what to do, and where in the text it is. */
final class SyntaxException extends Exception {
  private static final long serialVersionUID = 1L;

  private final int index;

  /**
   * @param index of the offending character in the text that was being read
   */
  SyntaxException(int index, String message) {
    super(message);
    this.index = index;
  }

  int index() {
    return index;
  }
}
