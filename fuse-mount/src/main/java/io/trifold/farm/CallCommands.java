package io.trifold.farm;

import com.fasterxml.jackson.databind.JsonNode;
import io.trifold.control.ControlCommand.Answers;
import io.trifold.control.ControlException;
import io.trifold.control.ControlServer;
import io.trifold.queue.Call;
import io.trifold.queue.CallOnHost;
import io.trifold.queue.CallRecord;
import io.trifold.queue.CallState;
import io.trifold.queue.QueueException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** The commands about calls, as the daemon answers them. */
final class CallCommands {
  private static final long LOOK_MILLIS = 150;
  private static final long AGAIN_MILLIS = 1_000;
  private static final int MOST_LISTED = 1000;

  private final CallDesk desk;

  CallCommands(CallDesk desk) {
    this.desk = desk;
  }

  void register(ControlServer control) {
    control.register("call", this::call);
    control.register("calls", this::calls);
  }

  private int call(JsonNode asked, Answers answers)
      throws ControlException, QueueException, IOException, InterruptedException {
    Map<String, String> arguments = new LinkedHashMap<>();
    asked
        .path("arguments")
        .properties()
        .forEach(e -> arguments.put(e.getKey(), e.getValue().asText()));
    List<String> hosts = new ArrayList<>();
    asked.path("hosts").forEach(host -> hosts.add(host.asText()));
    Duration timeout = Duration.ofMillis(asked.path("timeout").asLong(CallDesk.TIMEOUT.toMillis()));
    CallDesk.Submitted submitted;
    try {
      submitted =
          desk.submit(
              asked.path("name").asText(),
              arguments,
              asked.path("data").asText(""),
              hosts,
              timeout);
    } catch (CallDesk.RefusedException e) {
      throw new ControlException(e.getMessage());
    }
    Call call = submitted.call();
    answers.give(
        Map.of("id", call.id().toString(), "hosts", call.hosts(), "ordered", submitted.ordered()));
    return asked.path("wait").asBoolean() ? follow(call.id(), answers) : 0;
  }

  /** Tells each host's state as it changes, until all have ended. */
  private int follow(UUID id, Answers answers)
      throws ControlException, QueueException, IOException, InterruptedException {
    Map<String, CallState> told = new HashMap<>();
    boolean waits = false;
    while (true) {
      CallRecord record;
      try {
        record =
            desk.find(id)
                .orElseThrow(
                    () -> new ControlException("call " + id + " is gone from the database"));
        waits = false;
      } catch (QueueException.Unreachable e) {
        if (!waits) {
          answers.give(Map.of("waits", e.getMessage()));
        }
        waits = true;
        Thread.sleep(AGAIN_MILLIS);
        continue;
      }
      boolean over = true;
      for (CallOnHost host : record.hosts()) {
        if (told.put(host.host(), host.state()) != host.state()) {
          answers.give(shown(host));
        }
        over &= host.state().isEnd();
      }
      if (over) {
        return exitCode(record);
      }
      Thread.sleep(LOOK_MILLIS);
    }
  }

  /** By the worst of the results. */
  static int exitCode(CallRecord record) {
    int worst = 0;
    for (CallOnHost host : record.hosts()) {
      worst =
          Math.max(
              worst,
              switch (host.state()) {
                case OK, WAITING, RUNNING -> 0;
                case FAILED -> 10;
                case EXPIRED -> 11;
                case UNKNOWN -> 12;
              });
    }
    return worst;
  }

  private int calls(JsonNode asked, Answers answers)
      throws ControlException, QueueException, IOException {
    if (asked.hasNonNull("id")) {
      try {
        CallRecord record = desk.find(asked.path("id").asText());
        answers.give(shown(record));
        for (CallOnHost host : record.hosts()) {
          answers.give(shown(host));
        }
      } catch (CallDesk.RefusedException e) {
        throw new ControlException(e.getMessage());
      }
      return 0;
    }
    int limit = Math.min(MOST_LISTED, Math.max(1, asked.path("limit").asInt(20)));
    for (CallRecord record : desk.recent(limit)) {
      answers.give(shown(record));
    }
    return 0;
  }

  private static Map<String, Object> shown(CallRecord record) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("id", record.id().toString());
    line.put("name", record.name());
    line.put("submitter", record.submitter());
    line.put("submitted", record.submitted().toString());
    Map<String, Integer> states = new LinkedHashMap<>();
    for (CallState state : CallState.values()) {
      int count = (int) record.hosts().stream().filter(h -> h.state() == state).count();
      if (count > 0) {
        states.put(state.word(), count);
      }
    }
    line.put("states", states);
    return line;
  }

  private static Map<String, Object> shown(CallOnHost host) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("host", host.host());
    line.put("state", host.state().word());
    if (host.started().isPresent() && host.ended().isPresent()) {
      line.put("millis", Duration.between(host.started().get(), host.ended().get()).toMillis());
    }
    host.exitCode().ifPresent(code -> line.put("exit", code));
    line.put("reason", host.reason());
    line.put("output", host.output());
    return line;
  }
}
