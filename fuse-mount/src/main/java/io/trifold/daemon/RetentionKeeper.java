package io.trifold.daemon;

import io.trifold.queue.FarmLog;
import io.trifold.queue.HostStatus;
import io.trifold.queue.QueueException;
import io.trifold.queue.RetentionStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the log looked after, whenever the farm says that it is time and nobody else does it; and
 * says in the log which hosts it will soon not wait for any more.
 */
final class RetentionKeeper implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RetentionKeeper.class);
  private static final long LOOK_MILLIS = 60_000;
  private static final Duration REPEAT = Duration.ofDays(1);

  private final Supplier<Optional<FarmLog>> farmLog;
  private final Thread thread = new Thread(this::run, "trifold-retention");
  private final Map<String, Instant> warned = new HashMap<>();
  private volatile Optional<RetentionStatus> status = Optional.empty();

  private RetentionKeeper(Supplier<Optional<FarmLog>> farmLog) {
    this.farmLog = farmLog;
  }

  /**
   * Begins.
   *
   * @param farmLog the session, once there is one
   */
  static RetentionKeeper start(Supplier<Optional<FarmLog>> farmLog) {
    RetentionKeeper keeper = new RetentionKeeper(farmLog);
    keeper.thread.setDaemon(true);
    keeper.thread.start();
    return keeper;
  }

  /** As it was last seen. */
  Optional<RetentionStatus> status() {
    return status;
  }

  private void run() {
    try {
      while (true) {
        Optional<FarmLog> session = farmLog.get();
        if (session.isPresent()) {
          look(session.get());
        }
        Thread.sleep(session.isPresent() ? LOOK_MILLIS : LOOK_MILLIS / 60);
      }
    } catch (InterruptedException e) {
      log.debug("closing", e);
    } catch (RuntimeException | Error e) {
      log.error("nobody looks after the log on this host any more", e);
    }
  }

  private void look(FarmLog session) {
    try {
      session.retain().ifPresent(done -> log.info("looked after the log: {}", done));
      status = session.retention();
      if (status.isPresent()) {
        warn(session, status.get());
      }
    } catch (QueueException e) {
      log.debug("cannot look after the log", e);
    }
  }

  private void warn(FarmLog session, RetentionStatus retention) throws QueueException {
    Instant now = Instant.now();
    for (HostStatus host : session.hosts()) {
      boolean expired = retention.isExpired(host, now);
      if ((expired || retention.isExpiring(host, now))
          && warned.getOrDefault(host.name(), Instant.MIN).isBefore(now.minus(REPEAT))) {
        warned.put(host.name(), now);
        if (expired) {
          log.warn(
              "host {} was last heard of at {}: the log does not wait for it any more. If it is"
                  + " gone for good: trifold hosts forget {}",
              host.name(),
              host.lastSeen(),
              host.name());
        } else {
          log.warn(
              "host {} was last heard of at {}: from {} on the log does not wait for it any more",
              host.name(),
              host.lastSeen(),
              retention.expiresAt(host));
        }
      }
    }
  }

  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join(5_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
