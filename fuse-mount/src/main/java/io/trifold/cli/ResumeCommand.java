package io.trifold.cli;

import io.trifold.daemon.RunningMount;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code trifold resume}. */
@Command(
    name = "resume",
    description = "Lets a host propagate again that stopped because so much was gone.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "trifold status says why it stopped. What is gone from the disk is then deleted on every",
      "host. If it is gone by mistake, unmount, put it back, and mount again instead."
    })
final class ResumeCommand implements Callable<Integer> {
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
        .call("resume", Map.of(), answer -> System.out.println(answer.path("line").asText()));
  }
}
