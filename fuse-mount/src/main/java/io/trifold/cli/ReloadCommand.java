package io.trifold.cli;

import io.trifold.daemon.RunningMount;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code trifold reload}. */
@Command(
    name = "reload",
    description = "Has a mount read its rules anew, and go by their options from then on.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Rules that would bind any path otherwise, or with an error, are refused, and the old ones",
      "stay. For all hosts at once: a call with builtin = \"reload-rules\"."
    })
final class ReloadCommand implements Callable<Integer> {
  @Parameters(
      arity = "0..1",
      paramLabel = "PATH",
      defaultValue = ".",
      description = "A path in the mount. Default: the current directory.")
  private Path path;

  @Override
  public Integer call() throws Exception {
    return RunningMount.around(path.toAbsolutePath().normalize())
        .control()
        .call("reload", Map.of(), answer -> System.out.println(answer.path("line").asText()));
  }
}
