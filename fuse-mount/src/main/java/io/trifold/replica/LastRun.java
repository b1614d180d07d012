package io.trifold.replica;

/** How the run of this host before the present one came to its end. */
enum LastRun {
  /** In order: all that the log has taken is noted. */
  ENDED,
  /** The process was killed, and the disk has all that it did. */
  KILLED,
  /** The machine went down, with what the disk had not yet written. */
  LOST_POWER;

  /**
   * @param noted the boot that the journal names; empty after an end in order
   * @param boot the present one
   */
  static LastRun of(String noted, String boot) {
    if (noted.isEmpty()) {
      return ENDED;
    }
    return noted.equals(boot) ? KILLED : LOST_POWER;
  }
}
