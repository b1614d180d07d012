package io.trifold.cli;

import io.trifold.daemon.RunningMount;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code trifold skip}. */
@Command(
    name = "skip",
    description = "Passes over an event of the log that cannot be trusted, on every host.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "trifold status says at which event hosts wait, and why. Nothing of the event is applied;",
      "what stands on this host at its path is put into the log again."
    })
final class SkipCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "POSITION", description = "The event's position.")
  private long position;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "PATH",
      defaultValue = ".",
      description = "A path in the mount. Default: the current directory.")
  private Path path;

  @Override
  public Integer call() throws Exception {
    return RunningMount.around(path.toAbsolutePath().normalize())
        .control()
        .call(
            "skip",
            Map.of("position", position),
            answer -> System.out.println(answer.path("line").asText()));
  }
}
