package io.trifold.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code trifold conflicts}. */
@Command(
    name = "conflicts",
    description = "Lists changes that two hosts made without knowing each other's.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "The latest first: the path, the version that won, the other one, and where that is now. One",
      "that was changed again since is settled."
    })
final class ConflictsCommand implements Callable<Integer> {
  @Parameters(
      arity = "0..1",
      paramLabel = "PATH",
      description = "Of this path and all below it. Default: the mount of the working directory.")
  private Path path;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "At most so many. Default: ${DEFAULT-VALUE}.",
      defaultValue = "1000")
  private int limit;

  private boolean any;

  @Override
  public Integer call() throws Exception {
    MountPath at = MountPath.of(path == null ? Path.of("") : path);
    String of = path == null ? "" : at.path();
    int exitCode =
        at.control()
            .call("conflicts", Map.of("path", of, "limit", Math.max(1, limit)), this::print);
    if (!any) {
      System.out.println("no conflicts");
    }
    return exitCode;
  }

  private void print(JsonNode conflict) {
    any = true;
    String beside = conflict.path("beside").asText();
    System.out.println(
        HistoryText.path(conflict)
            + (conflict.path("stands").asBoolean() ? "" : "  (settled: changed since)"));
    System.out.println("  has:   " + HistoryText.brief(conflict.path("won")));
    System.out.println(
        "  other: "
            + HistoryText.brief(conflict.path("lost"))
            + (beside.isEmpty() ? ", in the history" : ", beside as " + beside));
  }
}
