package io.trifold.fuse.kernel;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes what no operation should throw to the log, with its origin; the same kind only once, for
 * who causes it may well do so a thousand times a second.
 */
final class Failures {
  private static final Logger LOG = LoggerFactory.getLogger(Failures.class);

  private final Set<String> reported = ConcurrentHashMap.newKeySet();

  /**
   * @param doing the kind of request
   */
  void report(String doing, Throwable cause) {
    if (reported.add(doing + " " + cause.getClass().getName())) {
      LOG.error("{} failed and is answered with EIO; more like it are not reported", doing, cause);
    }
  }
}
