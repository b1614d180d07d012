package io.trifold.cli;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code trifold changesets}. */
@Command(
    name = "changesets",
    description = "Lists change sets, the latest first: id, when, host, changes, message.",
    mixinStandardHelpOptions = true)
final class ChangeSetsCommand implements Callable<Integer> {
  @Parameters(
      arity = "0..1",
      paramLabel = "ROOT",
      description = "The mount. Default: the one that the working directory is in.")
  private Path root = Path.of("");

  @Override
  public Integer call() throws Exception {
    return MountPath.of(root)
        .control()
        .call(
            "changesets",
            Map.of(),
            set ->
                System.out.println(
                    set.path("id").asText()
                        + "  "
                        + HistoryText.time(set)
                        + "  "
                        + set.path("host").asText()
                        + "  "
                        + set.path("events").asLong()
                        + "  "
                        + set.path("message").asText()));
  }
}
