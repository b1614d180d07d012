package io.trifold.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code trifold calls}. */
@Command(
    name = "calls",
    description = "Lists the last calls, or shows what became of one on each host.",
    sortOptions = false,
    mixinStandardHelpOptions = true)
final class CallsCommand implements Callable<Integer> {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT)
          .withZone(ZoneId.systemDefault());

  @Mixin private MountChoice mount;

  @Parameters(arity = "0..1", paramLabel = "ID", description = "A call's id, or its beginning.")
  private String id;

  @Option(names = "--limit", paramLabel = "N", description = "How many. Default: 20.")
  private int limit = 20;

  @Override
  public Integer call() throws Exception {
    Map<String, Object> request = new LinkedHashMap<>();
    request.put("limit", limit);
    if (id != null) {
      request.put("id", id);
    }
    return mount.control().call("calls", request, this::show);
  }

  private void show(JsonNode answer) {
    if (answer.has("host")) {
      System.out.println(line(answer));
      printOutput(answer);
      return;
    }
    List<String> states = new ArrayList<>();
    answer
        .path("states")
        .properties()
        .forEach(state -> states.add(state.getValue().asText() + " " + state.getKey()));
    System.out.printf(
        Locale.ROOT,
        "%s  %s  %-20s by %-12s %s%n",
        id == null ? answer.path("id").asText().substring(0, 8) : answer.path("id").asText(),
        TIME.format(Instant.parse(answer.path("submitted").asText())),
        answer.path("name").asText(),
        answer.path("submitter").asText(),
        String.join(", ", states));
  }

  /** A host's state in one line. */
  static String line(JsonNode host) {
    StringBuilder line =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                "  %-12s %s",
                host.path("host").asText(),
                host.path("state").asText()));
    if (host.has("millis")) {
      line.append(
          String.format(Locale.ROOT, " after %.1f s", host.path("millis").asLong() / 1000.0));
    }
    String reason = host.path("reason").asText();
    if (!reason.isEmpty()) {
      line.append(": ").append(shown(reason));
    }
    return line.toString();
  }

  /** What it printed, indented. */
  static void printOutput(JsonNode host) {
    host.path("output").asText().lines().forEach(text -> System.out.println("    " + shown(text)));
  }

  /** A terminal must not be told what to do by a program's output. */
  static String shown(String text) {
    return text.replaceAll("[\\p{Cntrl}&&[^\\t]]", "?");
  }
}
