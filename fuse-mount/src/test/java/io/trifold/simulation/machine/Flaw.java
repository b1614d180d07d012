package io.trifold.simulation.machine;

/**
 * A classic mistake of a replicated store, to be planted in the simulation: what does not find it
 * proves nothing.
 */
public enum Flaw {
  PLAIN_SEQUENCE("positions come from a sequence: they become visible out of order"),
  LOCK_DROPPED("the append compares with what it read before it had the lock"),
  NO_PRODUCER_CHECK("drafts that are offered again after a lost reply are appended again"),
  BASE_NOT_COMPARED("the append does not compare the base version with the current one"),
  STALE_SESSION_ACCEPTED("the append of a session that was taken over is accepted"),
  CHUNK_COLLECTED("the append does not look whether the content that it names is still there"),
  COMMIT_NOT_DURABLE("a crash of the database takes back commits that were answered"),
  TOMBSTONES_FORGOTTEN("who joins is not told of what was deleted"),
  NOTIFICATION_ONLY("the log is read when a notification comes, and never else"),
  SYNC_SKIPPED("the position moves without a sync of what was placed"),
  POSITION_FIRST("the position moves before the events are applied"),
  NO_SECOND_LOOK("a file is replaced without another look at what stands there"),
  REPLACED_IN_PLACE("the old file is removed before the new one takes its name"),
  STABILITY_UNCHECKED("a file that changes while it is read is sent all the same"),
  WRITER_IGNORED("a file is replaced though a caller has it open for writing"),
  MARK_LOST("a change during the capture of the same path is forgotten with it"),
  SCAN_SKIPPED("a start after a crash does not compare the disk with the index"),
  CRASH_BELIEVED("what a loss of power has left on the disk is taken for a change made there"),
  SET_BACK_UNSEEN("what a host has sent is not brought back when its machine was set back"),
  DELETES_FIRST("of a move, the delete of the old name is sent before the new name"),
  ECHO("what was applied is not noted as in sync, so that it looks like a change made here"),
  PLACING_FORGOTTEN("what a process placed before it was killed is taken for a change made there"),
  NAME_ALONE("a write through one name of a file is sent for that name alone");

  private final String mistake;

  Flaw(String mistake) {
    this.mistake = mistake;
  }

  /** In a line, for the table. */
  public String mistake() {
    return mistake;
  }
}
