package io.trifold.tree;

import io.trifold.posix.ErrnoException;
import io.trifold.rules.Decision;

/** Is asked for each open of a log for writing. */
@FunctionalInterface
public interface LogOpener {
  /**
   * Who takes what is written through this open; {@code null} if the log is not active, and the
   * file takes it as it is.
   *
   * @param path relative to the root
   * @param decision the log's
   * @param fd of the file, about to be truncated if the caller asked for that; the caller's, not to
   *     be kept
   * @param appends whether every write goes to the end
   */
  LogWriter open(String path, Decision decision, int fd, boolean appends) throws ErrnoException;

  /** Logs are files like others. */
  LogOpener NONE = (path, decision, fd, appends) -> null;
}
