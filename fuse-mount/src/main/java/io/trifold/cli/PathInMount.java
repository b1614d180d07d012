package io.trifold.cli;

import io.trifold.daemon.RunningMount;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Parameters;

/** The mount that a command is about, by any path in it. */
final class PathInMount {
  @Parameters(
      arity = "0..1",
      paramLabel = "PATH",
      defaultValue = ".",
      description = "A path in the mount. Default: the current directory.")
  private Path path;

  /** Has the mount's daemon carry out a command, and prints the line that it answers with. */
  int tell(String command) throws Exception {
    return RunningMount.around(path.toAbsolutePath().normalize())
        .control()
        .call(command, Map.of(), answer -> System.out.println(answer.path("line").asText()));
  }
}
