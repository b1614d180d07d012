package io.trifold.logs;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What was done with lines since the mount began, and what stands against it now. Thread-safe. */
final class LogCounts {
  private static final Logger LOG = LoggerFactory.getLogger(LogCounts.class);

  final AtomicLong written = new AtomicLong();
  final AtomicLong toSyslog = new AtomicLong();
  final AtomicLong toCloud = new AtomicLong();
  final AtomicLong fromCloud = new AtomicLong();

  /** Found the spool full. */
  final AtomicLong dropped = new AtomicLong();

  /** Writes that found the spool full. */
  final AtomicLong refused = new AtomicLong();

  /** Of other hosts, for a log that is not active here. */
  final AtomicLong unclaimed = new AtomicLong();

  /** Batches that were gone from the database before this host came to them. */
  final AtomicLong missed = new AtomicLong();

  /** By what they are about. */
  private final Map<String, String> problems = new ConcurrentHashMap<>();

  /** Something is wrong, or no longer if {@code what} is empty; new problems go to the log. */
  void problem(String about, String what) {
    String before = what.isEmpty() ? problems.remove(about) : problems.put(about, what);
    if (!what.isEmpty() && !what.equals(before)) {
      LOG.warn("{}: {}", about, what);
    } else if (what.isEmpty() && before != null) {
      LOG.info("{}: in order again", about);
    }
  }

  Map<String, String> problems() {
    return problems;
  }
}
