package io.trifold.farm;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

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
   */
  void awaitSent(Duration limit) throws InterruptedException;

  /**
   * Deletes what another host has deleted: nothing but local paths whose rule says so here, too.
   * Tells nobody of it.
   *
   * @param path relative to the root
   * @param directory with all that is below it and bound so
   */
  void delete(String path, boolean directory) throws IOException;

  /** Has the kernel ask anew for what it keeps of the mount. May take a while. */
  void dropKernelCaches();
}
