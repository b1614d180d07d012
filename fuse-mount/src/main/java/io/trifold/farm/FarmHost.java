package io.trifold.farm;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/**
 * What the operations need of the mount that they belong to. Must not block but where it says so.
 */
public interface FarmHost {
  /** This host's name. */
  String name();

  /** Where the mount is. */
  Path root();

  /** Up to which position the log is applied here. */
  long position();

  /**
   * Waits until all that was changed here before is in the log.
   *
   * @param limit then it returns all the same
   * @return whether it is
   */
  boolean awaitSent(Duration limit) throws InterruptedException;

  /**
   * Deletes what another host has deleted: nothing but local paths whose rule says so here, too.
   * Tells nobody of it.
   *
   * @param path relative to the root
   * @param directory with all that is below it and bound so
   */
  void delete(String path, boolean directory) throws IOException;

  /**
   * Reads the rules anew, and goes by them. May take a while.
   *
   * @return a line that says so
   * @throws IOException in words for a user: the old rules stay
   */
  String reloadRules() throws IOException;

  /**
   * What a verification found.
   *
   * @param divergent how many paths differ from the log
   * @param position of the log that they were compared with
   * @param text the first of them, a line each, and what was looked at
   */
  record Verified(long divergent, long position, String text) {}

  /**
   * Compares what stands here with the log: at the position of the first verification that any host
   * asks for since then, so that all find out the same. Waits for its end.
   *
   * @param below a path, with all below it; empty for everything
   * @param since by the database's clock
   * @throws IOException in words for a user, if it cannot be done, or takes longer than the limit
   */
  Verified verify(String below, Instant since, Duration limit)
      throws IOException, InterruptedException;

  /** Has the kernel ask anew for what it keeps of the mount. May take a while. */
  void dropKernelCaches();
}
