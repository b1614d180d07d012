package io.trifold.queue;

import io.trifold.queue.Change.Delete;
import io.trifold.queue.Change.PutDirectory;

/**
 * The verdict over a draft, as {@code trifold.append} gives it: that is the one that counts, and
 * this the same in words of Java, for models of the log. Pure.
 *
 * <p>In short: an edit outlives a delete, unless it is of a directory's metadata alone; a directory
 * holds its name against a file; and between two contents the policy decides.
 */
public final class Ruling {
  private Ruling() {}

  /**
   * Whether a draft meets a version that it neither is based on nor equals.
   *
   * @param current the path's version now
   * @param own whether that is of the draft's own producer, whose changes are based on its earlier
   *     ones
   */
  public static boolean isConflict(Draft draft, PathState current, boolean own) {
    return current.version() != draft.baseVersion()
        && !ContentKey.of(current.event().change()).equals(ContentKey.of(draft.change()))
        && (!own || draft.terms().policy() == ConflictPolicy.ONLY_IF_UNCHANGED);
  }

  /**
   * The verdict over a draft that is in conflict.
   *
   * @param ofDirectory whether the version that the draft is based on is a directory: a put of one
   *     is of its metadata alone then
   * @param currentOfPrimary whether the path's version is of a host that was primary then
   * @param draftOfPrimary whether the draft's producer is primary now
   */
  public static Verdict over(
      Draft draft,
      boolean ofDirectory,
      Change current,
      boolean currentOfPrimary,
      boolean draftOfPrimary) {
    ConflictPolicy policy = draft.terms().policy();
    boolean ranked = policy == ConflictPolicy.PRIMARY_WINS;
    boolean outranks = ranked && draftOfPrimary && !currentOfPrimary;
    boolean outranked = ranked && currentOfPrimary && !draftOfPrimary;
    if (policy == ConflictPolicy.ONLY_IF_UNCHANGED) {
      return Verdict.GAVE_WAY;
    }
    if (ofDirectory && draft.change() instanceof Delete && current instanceof PutDirectory) {
      return Verdict.STANDS;
    }
    if (ofDirectory && draft.change() instanceof PutDirectory && current instanceof Delete) {
      return Verdict.GAVE_WAY;
    }
    if (draft.change() instanceof Delete) {
      return outranks ? Verdict.STANDS : Verdict.GAVE_WAY;
    }
    if (current instanceof Delete) {
      return outranked ? Verdict.GAVE_WAY : Verdict.STANDS;
    }
    if (draft.change() instanceof PutDirectory) {
      return Verdict.STANDS;
    }
    if (policy == ConflictPolicy.KEEP_BOTH) {
      return Verdict.ASIDE;
    }
    return current instanceof PutDirectory || outranked ? Verdict.GAVE_WAY : Verdict.STANDS;
  }
}
