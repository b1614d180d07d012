package io.trifold.farm;

import io.trifold.queue.QueueException;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has the schedule looked at a moment after each full minute, where the system's Cron does not. */
final class Ticker {
  private static final Logger log = LoggerFactory.getLogger(Ticker.class);
  private static final long MINUTE = 60_000;
  private static final long AFTER = 200;
  private static final long STOP_MILLIS = 5_000;

  private final Scheduler scheduler;
  private final Semaphore closing = new Semaphore(0);
  private final Thread thread = new Thread(this::live, "trifold-cron");

  Ticker(Scheduler scheduler) {
    this.scheduler = scheduler;
  }

  void start() {
    thread.setDaemon(true);
    thread.start();
  }

  @SuppressWarnings("CatchingUnchecked") // A minute's failure is not the next one's.
  private void live() {
    try {
      do {
        try {
          scheduler.tick(Set.of());
        } catch (QueueException e) {
          log.debug("the schedule waits for the database", e);
        } catch (RuntimeException | Error e) {
          log.error("the schedule could not be looked at", e);
        }
      } while (!closing.tryAcquire(
          MINUTE - Instant.now().toEpochMilli() % MINUTE + AFTER, TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      log.debug("closing", e);
    }
  }

  void close() {
    closing.release();
    try {
      thread.join(STOP_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
