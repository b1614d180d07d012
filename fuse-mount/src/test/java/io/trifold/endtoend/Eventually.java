package io.trifold.endtoend;

import java.time.Duration;

/** Waits for what must come, with a limit so generous that only a hang meets it. */
final class Eventually {
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final Duration PAUSE = Duration.ofMillis(20);

  private Eventually() {}

  /** Something that an assertion or an I/O error may say is not so yet. */
  interface Check {
    void run() throws Exception;
  }

  /** Tries until it passes; after the limit fails as its last try did. */
  static void passes(Check check) throws Exception {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (true) {
      try {
        check.run();
        return;
      } catch (AssertionError | java.io.IOException notYet) {
        if (System.nanoTime() > end) {
          throw notYet;
        }
      }
      Thread.sleep(PAUSE.toMillis());
    }
  }
}
