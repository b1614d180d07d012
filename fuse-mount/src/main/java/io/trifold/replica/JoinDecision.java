package io.trifold.replica;

import java.util.List;

/** What a joining host does with a path that the log knows. Pure. */
enum JoinDecision {
  /** Disk and log agree: the path is indexed. */
  INDEX,
  /** The content agrees, the log's metadata wins. */
  DRESS,
  /** The log's version is brought to the disk, where nothing stands. */
  PLACE,
  /** The log's version is brought to the disk; what stands there is set aside first. */
  DISPLACE,
  /** The log deleted it, and what stands here is a version from before that: it is set aside. */
  BURY,
  /** What stands here is not known to the log: it is for capture to register. */
  REGISTER;

  /**
   * @param log what the log says stands there
   * @param here what stands there, with a directory's time as the log has it
   * @param former what stood there before the log's delete, as far as the log still knows
   */
  static JoinDecision of(State log, State here, List<State> former) {
    if (!log.exists()) {
      if (!here.exists()) {
        return INDEX;
      }
      return former.stream().anyMatch(here::sameContent) ? BURY : REGISTER;
    }
    if (!here.exists()) {
      return PLACE;
    }
    if (!log.sameContent(here)) {
      return DISPLACE;
    }
    return log.metadata().equals(here.metadata()) ? INDEX : DRESS;
  }
}
