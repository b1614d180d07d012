package io.trifold.replica;

import java.util.concurrent.ThreadLocalRandom;

/** How long to wait before the next try: twice as long each time, with jitter. Of one thread. */
final class Backoff {
  private static final long FIRST_MILLIS = 100;
  private static final long LONGEST_MILLIS = 5_000;

  private long next = FIRST_MILLIS;

  void reset() {
    next = FIRST_MILLIS;
  }

  long nextMillis() {
    long delay = next;
    next = Math.min(2 * next, LONGEST_MILLIS);
    return delay + ThreadLocalRandom.current().nextLong(delay / 2);
  }
}
