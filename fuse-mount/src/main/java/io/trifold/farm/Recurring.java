package io.trifold.farm;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Does something again and again on a thread of its own, with a pause before each time. */
final class Recurring implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Recurring.class);

  private final ScheduledExecutorService thread;

  Recurring(String name, Duration pause, Runnable step) {
    thread = Executors.newSingleThreadScheduledExecutor(DaemonThreads.named(name));
    var unused =
        thread.scheduleWithFixedDelay(
            () -> once(name, step), pause.toMillis(), pause.toMillis(), TimeUnit.MILLISECONDS);
  }

  @SuppressWarnings("CatchingUnchecked") // One time's failure is not the next one's.
  private static void once(String name, Runnable step) {
    try {
      step.run();
    } catch (RuntimeException | Error e) {
      log.error("{} failed, and goes on", name, e);
    }
  }

  /** Interrupts what is under way, and does not wait for it. */
  @Override
  public void close() {
    thread.shutdownNow();
  }
}
