package io.trifold.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code trifold history}. */
@Command(
    name = "history",
    description = "Lists the versions of a propagated path, the latest first.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "A line each: when, position in the log, host, user, what was left there. Nothing needs to",
      "stand at PATH any more. trifold restore brings a version back."
    })
final class HistoryCommand implements Callable<Integer> {
  @Parameters(paramLabel = "PATH", description = "In a mount.")
  private Path path;

  @Option(names = "--below", description = "Also of all that is or was below PATH.")
  private boolean below;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "At most so many lines. Default: ${DEFAULT-VALUE}.",
      defaultValue = "1000")
  private int limit;

  @Override
  public Integer call() throws Exception {
    MountPath at = MountPath.of(path);
    return at.control()
        .call(
            "history",
            Map.of("path", at.path(), "below", below, "limit", Math.max(1, limit)),
            version -> System.out.println(line(version)));
  }

  private String line(JsonNode version) {
    String note = version.path("note").asText();
    return HistoryText.line(version)
        + (below ? "  " + HistoryText.path(version) : "")
        + (note.isEmpty() ? "" : "  (" + note + ")");
  }
}
