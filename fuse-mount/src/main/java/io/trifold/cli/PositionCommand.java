package io.trifold.cli;

import io.trifold.daemon.RunningMount;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code trifold position}. */
@Command(
    name = "position",
    description =
        "Prints the position in the farm's log that covers all that was done on this host until"
            + " now, when it is there.",
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:printed", "1:there is none", "3:not in time"},
    footer = {
      "",
      "On another host, trifold wait POSITION returns when all of that can be read there.",
      "Programs read the file .trifold/position in the mount's root instead."
    })
final class PositionCommand implements Callable<Integer> {
  @Mixin private TimeLimit limit;

  @Parameters(
      arity = "0..1",
      paramLabel = "PATH",
      defaultValue = ".",
      showDefaultValue = picocli.CommandLine.Help.Visibility.NEVER,
      description = "A path in the mount; without it, the current directory.")
  private Path path;

  @Override
  public Integer call() throws Exception {
    return RunningMount.around(path.toAbsolutePath().normalize())
        .control()
        .call(
            "position",
            Map.of("timeoutMillis", limit.millis()),
            answer -> System.out.println(answer.path("position").asText()));
  }
}
