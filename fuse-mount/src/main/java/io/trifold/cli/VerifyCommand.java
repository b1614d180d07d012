package io.trifold.cli;

import io.trifold.daemon.MountException;
import io.trifold.daemon.RunningMount;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code trifold verify}. */
@Command(
    name = "verify",
    description =
        "Compares the disk with the log, byte for byte, and the farm's hosts with each other.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Every path that differs is a line. Exit codes: 0 all hosts are in sync, 1 something",
      "differs, 3 not all hosts answered."
    })
final class VerifyCommand implements Callable<Integer> {
  @Parameters(
      arity = "0..1",
      paramLabel = "PATH",
      defaultValue = ".",
      description = "A path in a mount, with all below it. Default: the current directory.")
  private Path path;

  @Option(
      names = "--repair",
      description =
          "Mend what differs here: what nobody changed goes back to the log's version (what stood"
              + " here is kept in the mount's state), what was changed is sent to the farm.")
  private boolean repair;

  @Option(names = "--here", description = "This host alone; wait for no other.")
  private boolean here;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "300",
      description = "How long to wait for other hosts. Default: ${DEFAULT-VALUE}.")
  private long timeout;

  @Override
  public Integer call() throws Exception {
    Path absolute = path.toAbsolutePath().normalize();
    RunningMount mount = RunningMount.around(absolute);
    String below = mount.root().relativize(absolute).toString();
    if (below.equals(".trifold") || below.startsWith(".trifold/")) {
      throw new MountException(absolute + " is the mount's own, and not propagated");
    }
    return mount
        .control()
        .call(
            "verify",
            Map.of("below", below, "repair", repair, "here", here, "timeout", timeout),
            answer -> System.out.println(answer.path("line").asText()));
  }
}
