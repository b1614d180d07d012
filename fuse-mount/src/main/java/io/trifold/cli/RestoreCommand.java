package io.trifold.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code trifold restore}. */
@Command(
    name = "restore",
    description = "Brings a propagated file or directory back to what it was, on all hosts.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Says of each path what it does, and what it replaces. What it replaces stays in the"
          + " history,",
      "so that a restore can be undone by another. For example:",
      "  trifold history /srv/app/pages/start.txt",
      "  trifold restore /srv/app/pages/start.txt --at 1234 --dry-run",
      "  trifold restore /srv/app/pages --at '2026-01-31 12:00:00'"
    })
final class RestoreCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "PATH",
      description = "In a mount; of a directory, with all that was in it. It may be deleted.")
  private Path path;

  @Option(
      names = "--at",
      required = true,
      paramLabel = "TIME|POSITION",
      description = "As it was then: a time, how long ago (2h), or a position of the history.")
  private String at;

  @Option(
      names = "--to",
      paramLabel = "OTHER",
      description = "Bring it back under another path of the mount.")
  private Path to;

  @Option(
      names = "--exact",
      description = "Also delete what was made below PATH since. Otherwise that stays.")
  private boolean exact;

  @Option(names = "--dry-run", description = "Only say what would be done.")
  private boolean dryRun;

  private boolean any;

  @Override
  public Integer call() throws Exception {
    MountPath from = MountPath.of(path);
    Map<String, Object> arguments = new HashMap<>();
    arguments.put("path", from.path());
    arguments.put("at", at);
    arguments.put("exact", exact);
    arguments.put("dryRun", dryRun);
    if (to != null) {
      arguments.put("to", from.relative(to));
    }
    int exitCode = from.control().call("restore", arguments, this::print);
    if (!any) {
      System.out.println("all is as it was then: nothing to do");
    } else if (dryRun) {
      System.out.println("dry run: nothing was done");
    }
    return exitCode;
  }

  private void print(JsonNode step) {
    any = true;
    String name = HistoryText.path(step);
    JsonNode now = step.path("now");
    String line =
        switch (step.path("action").asText()) {
          case "put" -> "restore  " + name + "  (" + step.path("what").asText() + ")";
          case "replace" -> "restore  " + name + "  over " + HistoryText.brief(now);
          case "delete" -> "delete   " + name + "  " + HistoryText.brief(now);
          case "keep" -> "keep     " + name + "  made since";
          default -> "NOT DONE " + name + "  was changed meanwhile: look again";
        };
    System.out.println(line);
  }
}
