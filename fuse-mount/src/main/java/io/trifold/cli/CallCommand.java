package io.trifold.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.trifold.config.SettingsException;
import io.trifold.rules.Durations;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code trifold call}. */
@Command(
    name = "call",
    description = "Has the hosts of the farm do something that their settings declare.",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Without --wait it says the call's id and returns. With --wait the exit code is that of the",
      "worst result: 0 all are ok, 10 failed somewhere, 11 expired, 12 unknown. trifold calls ID",
      "shows what each host said."
    })
final class CallCommand implements Callable<Integer> {
  private static final Duration LONGEST = Duration.ofHours(24);

  @Mixin private MountChoice mount;

  @Parameters(paramLabel = "NAME", description = "What: [calls.NAME] in the settings.")
  private String name;

  @Option(
      names = "--arg",
      paramLabel = "NAME=VALUE",
      description = "An argument that the call takes.")
  private final Map<String, String> arguments = new LinkedHashMap<>();

  @Option(
      names = "--data",
      paramLabel = "TEXT",
      description = "What its command reads; - is this command's standard input.")
  private String data;

  @Option(
      names = "--hosts",
      paramLabel = "HOST",
      split = ",",
      description = "Who. Default: all hosts that live.")
  private final List<String> hosts = new ArrayList<>();

  @Option(names = "--wait", description = "Show how it goes, and return when all have ended.")
  private boolean wait;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      description = "How long a host has to begin. Default: 5m.")
  private String timeout;

  private final Map<String, String> ends = new TreeMap<>();
  private String id = "";
  private int asked;

  @Override
  public Integer call() throws Exception {
    Map<String, Object> request = new LinkedHashMap<>();
    request.put("name", name);
    request.put("arguments", arguments);
    request.put("data", data());
    request.put("hosts", hosts);
    request.put("wait", wait);
    if (timeout != null) {
      request.put("timeout", millis());
    }
    int exit = mount.control().call("call", request, this::show);
    if (wait) {
      summarise();
    }
    return exit;
  }

  private String data() throws IOException {
    if (!"-".equals(data)) {
      return data == null ? "" : data;
    }
    return new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
  }

  private long millis() throws SettingsException {
    try {
      return Durations.parse(timeout, Duration.ofMillis(1), LONGEST).toMillis();
    } catch (IllegalArgumentException e) {
      throw new SettingsException("--timeout: " + timeout + " is no time such as 30s or 5m");
    }
  }

  private void show(JsonNode answer) {
    if (answer.has("id")) {
      id = answer.path("id").asText();
      asked = answer.path("hosts").size();
      System.out.println("call " + id + " of " + asked + (asked == 1 ? " host" : " hosts"));
      if (!answer.path("ordered").asBoolean(true)) {
        Main.warn("it does not wait for what was changed on this host, and could not be sent yet");
      }
      return;
    }
    if (answer.has("waits")) {
      Main.warn("the call goes on, and is not seen: " + answer.path("waits").asText());
      return;
    }
    String state = answer.path("state").asText();
    if (!state.equals("waiting")) {
      System.out.println(CallsCommand.line(answer));
    }
    if (!state.equals("waiting") && !state.equals("running")) {
      ends.put(answer.path("host").asText(), state);
      if (!state.equals("ok")) {
        CallsCommand.printOutput(answer);
      }
    }
  }

  private void summarise() {
    Map<String, Integer> counts = new TreeMap<>();
    ends.values().forEach(state -> counts.merge(state, 1, Integer::sum));
    List<String> words = new ArrayList<>();
    counts.forEach((state, count) -> words.add(count + " " + state));
    System.out.println(name + ": " + String.join(", ", words));
  }
}
