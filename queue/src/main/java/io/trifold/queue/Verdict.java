package io.trifold.queue;

/** What became of a draft in the log. Decided once, at the append, for all hosts. */
public enum Verdict {
  /** It is the path's version from there on. */
  STANDS(0),
  /** It gave way to another version: it is in the history, and changes nothing. */
  GAVE_WAY(1),
  /** It gave way to another version, and stands beside, under its other name. */
  ASIDE(2);

  private final int code;

  Verdict(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }

  /**
   * @throws IllegalArgumentException if there is none with this number
   */
  static Verdict of(int code) {
    for (Verdict verdict : values()) {
      if (verdict.code == code) {
        return verdict;
      }
    }
    throw new IllegalArgumentException("no such verdict: " + code);
  }
}
