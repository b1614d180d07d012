package io.trifold.farm;

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

  /** Has the kernel ask anew for what it keeps of the mount. May take a while. */
  void dropKernelCaches();
}
