package io.trifold.cli;

import io.trifold.daemon.RunningMount;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code trifold wait}. */
@Command(
    name = "wait",
    description = "Returns when this host has applied the farm's log up to a position.",
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:applied",
      "1:there can be no such position here",
      "2:wrong usage",
      "3:not in time",
      "4:applied, except what is parked: see trifold status"
    },
    footer = {"", "Programs read the file .trifold/wait/POSITION in the mount's root instead."})
final class WaitCommand implements Callable<Integer> {
  @Mixin private TimeLimit limit;

  @Parameters(
      index = "0",
      paramLabel = "POSITION",
      description = "What trifold position printed, on any host.")
  private String position;

  @Parameters(
      index = "1",
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
        .call("wait", Map.of("position", position, "timeoutMillis", limit.millis()), answer -> {});
  }
}
