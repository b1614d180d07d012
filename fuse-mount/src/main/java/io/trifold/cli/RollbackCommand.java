package io.trifold.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code trifold rollback}. */
@Command(
    name = "rollback",
    description = "Takes a change set back on all hosts, by a new one.",
    mixinStandardHelpOptions = true,
    footer = {"", "If one of its paths was changed since, nothing is done, and these are listed."})
final class RollbackCommand implements Callable<Integer> {
  @Parameters(paramLabel = "ID", description = "As trifold changesets lists it.")
  private String id;

  @Option(
      names = "--root",
      paramLabel = "ROOT",
      description = "The mount. Default: the one that the working directory is in.")
  private Path root = Path.of("");

  @Option(names = "--force", description = "Also take back what was changed since.")
  private boolean force;

  @Option(names = "--dry-run", description = "Only say what would be done.")
  private boolean dryRun;

  @Override
  public Integer call() throws Exception {
    return MountPath.of(root)
        .control()
        .call("rollback", Map.of("id", id, "force", force, "dryRun", dryRun), this::print);
  }

  private void print(JsonNode step) {
    if (step.has("id")) {
      System.out.println(
          "change set "
              + step.path("id").asText()
              + ": "
              + step.path("events").asLong()
              + " changes");
      return;
    }
    String name = HistoryText.path(step);
    System.out.println(
        switch (step.path("action").asText()) {
          case "delete" -> "delete   " + name;
          case "replace" -> "restore  " + name + "  (" + step.path("what").asText() + ")";
          case "since" -> "CHANGED  " + name + "  since: " + HistoryText.brief(step.path("now"));
          default -> "NOT DONE " + name + "  was changed meanwhile: look again";
        });
  }
}
