package io.trifold.queue;

/**
 * What the log says of a draft.
 *
 * @param position its number in the log
 * @param replaced the position of the version that it replaced though it was not based on it and
 *     differs from it (a conflict); 0 if none
 * @param verdict whether it stands
 * @param yieldedTo the position of the version that it gave way to; 0 if it stands
 */
public record Outcome(long position, long replaced, Verdict verdict, long yieldedTo) {
  /** Of a draft that stands. */
  public Outcome(long position, long replaced) {
    this(position, replaced, Verdict.STANDS, 0);
  }

  /** Whether there was a conflict. */
  public boolean isConflict() {
    return replaced > 0 || verdict != Verdict.STANDS;
  }
}
