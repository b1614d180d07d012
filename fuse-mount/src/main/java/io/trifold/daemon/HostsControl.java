package io.trifold.daemon;

import com.fasterxml.jackson.databind.JsonNode;
import io.trifold.control.ControlException;
import io.trifold.control.ControlServer;
import io.trifold.queue.FarmLog;
import io.trifold.queue.HostStatus;
import io.trifold.queue.QueueException;
import io.trifold.queue.RetentionStatus;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What {@code trifold hosts} asks for: the farm's hosts, and how long the log waits for them. */
final class HostsControl {
  private static final Logger log = LoggerFactory.getLogger(HostsControl.class);
  private static final long SHORTEST_SECONDS = 60;

  private final Supplier<Optional<FarmLog>> session;

  HostsControl(Supplier<Optional<FarmLog>> session) {
    this.session = session;
  }

  void registerAt(ControlServer control) {
    control.register(
        "hosts",
        (arguments, answers) -> {
          FarmLog farmLog = session();
          Optional<RetentionStatus> retention = farmLog.retention();
          long head = farmLog.head().position();
          for (HostStatus host : farmLog.hosts()) {
            answers.give(row(host, head, retention));
          }
          return 0;
        });
    control.register(
        "hosts-forget",
        (arguments, answers) -> {
          String name = text(arguments, "host");
          session().forget(name);
          log.warn("host {} was taken off the farm's list", name);
          return 0;
        });
    control.register(
        "hosts-keep",
        (arguments, answers) -> {
          keep(arguments, answers::give);
          return 0;
        });
  }

  private FarmLog session() throws ControlException {
    return session
        .get()
        .orElseThrow(() -> new ControlException("the farm's database was not reached yet"));
  }

  private static String text(JsonNode arguments, String key) throws ControlException {
    String text = arguments.path(key).asText();
    if (text.isEmpty()) {
      throw new ControlException("\"" + key + "\" is missing in the request");
    }
    return text;
  }

  private static Map<String, Object> row(
      HostStatus host, long head, Optional<RetentionStatus> retention) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("host", host.name());
    row.put("live", host.live());
    row.put("mode", host.mode());
    row.put("position", host.position());
    row.put("lag", Math.max(0, head - host.position()));
    row.put("root", host.root());
    row.put("seen", host.lastSeen().toString());
    Instant now = Instant.now();
    if (retention.isPresent() && !host.live()) {
      row.put("expires", retention.get().expiresAt(host).toString());
      row.put("expired", retention.get().isExpired(host, now));
      row.put("expiring", retention.get().isExpiring(host, now));
    }
    return row;
  }

  private interface Answer {
    void give(Object answer) throws IOException;
  }

  private void keep(JsonNode arguments, Answer answer)
      throws ControlException, QueueException, IOException {
    FarmLog farmLog = session();
    Optional<Duration> logAge = seconds(arguments, "log", 0);
    Optional<Duration> expiry = seconds(arguments, "expiry", SHORTEST_SECONDS);
    if (logAge.isPresent() || expiry.isPresent()) {
      farmLog.keep(logAge, expiry);
    }
    Optional<RetentionStatus> now = farmLog.retention();
    if (now.isPresent()) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("log", now.get().logAge().toSeconds());
      row.put("expiry", now.get().expiry().toSeconds());
      row.put("oldest", now.get().oldest());
      row.put("applied", now.get().applied());
      row.put("host", now.get().host());
      row.put("began", now.get().began().map(Instant::toString).orElse(""));
      row.put("outcome", now.get().outcome());
      answer.give(row);
    }
  }

  private static Optional<Duration> seconds(JsonNode arguments, String key, long least)
      throws ControlException {
    if (!arguments.hasNonNull(key)) {
      return Optional.empty();
    }
    long seconds = arguments.get(key).asLong(-1);
    if (seconds < least || seconds > Integer.MAX_VALUE) {
      throw new ControlException("\"" + key + "\" is to be from " + least + " seconds to 68 years");
    }
    return Optional.of(Duration.ofSeconds(seconds));
  }
}
