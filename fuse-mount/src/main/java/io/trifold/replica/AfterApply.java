package io.trifold.replica;

import java.util.List;

/**
 * Is told of what was applied, a group at a time, before it counts as applied: the position moves
 * when this has returned. What it is told before a crash it may be told again.
 */
@FunctionalInterface
public interface AfterApply {
  /**
   * These paths stand now as the log has them; this host's own changes are among them, once they
   * are in the log. May take a while: propagation waits.
   */
  void applied(List<String> paths);
}
