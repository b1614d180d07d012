package io.trifold.simulation;

/** Something that must always hold does not. */
final class Violation extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What must hold, by the name of its checker. */
  enum Rule {
    /** Positions follow each other, and each host's own numbers do. */
    NUMBERS,
    /** A version is replaced by who knew it, or the log says that it was a conflict. */
    NOTHING_REPLACED_UNSEEN,
    /** Each event is what a caller did on that host, in the order in which it was done there. */
    NOTHING_INVENTED,
    /** What a caller has written is in the log, unless a caller took it away again. */
    NOTHING_VANISHES,
    /** A path is at any moment its whole old or its whole new content. */
    WHOLE,
    /** A file that a caller has open for writing is not taken from under it. */
    WRITER_KEPT,
    /** What the position has passed is in the index, or recorded as unapplied. */
    POSITION_HONEST,
    /** All content that the log names is in the store. */
    CONTENT_THERE,
    /** Of a move, the new name is not behind the removal of the old one. */
    NEW_NAME_FIRST,
    /** With nothing more to do, nobody works, and nobody has stopped. */
    BECOMES_QUIET,
    /** When all is quiet, every tree is the folded log. */
    TREES_EQUAL,
    /** A restart of all hosts finds nothing to send. */
    NOTHING_LEFT,
    /** Nothing of the program failed in a way that it has no word for. */
    NO_DEFECT
  }

  private final Rule rule;

  Violation(Rule rule, String what) {
    super(rule + ": " + what);
    this.rule = rule;
  }

  Violation(Rule rule, String what, Throwable cause) {
    super(rule + ": " + what, cause);
    this.rule = rule;
  }

  Rule rule() {
    return rule;
  }
}
