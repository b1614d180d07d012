package io.trifold.cli;

import io.trifold.control.ControlClient;
import io.trifold.control.ControlException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code trifold changeset}. */
@Command(
    name = "changeset",
    description =
        "Runs a command; what it changes in a mount comes to the other hosts in one go when it"
            + " ends.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "What the command and its children change in propagated paths is held back until it ends,"
          + " and",
      "is then one change set, which each host prepares and switches to in one sweep. The exit"
          + " code",
      "is the command's. trifold rollback takes a change set back. For example:",
      "  cd /srv/app && trifold changeset --message 'update the shop' -- git pull"
    })
final class ChangeSetCommand implements Callable<Integer> {
  /** As a shell does. */
  private static final int NOT_FOUND = 127;

  @Option(
      names = "--root",
      paramLabel = "ROOT",
      description = "The mount. Default: the one that the working directory is in.")
  private Path root = Path.of("");

  @Option(names = "--message", paramLabel = "TEXT", description = "What trifold changesets shows.")
  private String message = "";

  @Parameters(arity = "1..*", paramLabel = "COMMAND", description = "The command, as it is.")
  private List<String> command;

  @Override
  public Integer call() throws Exception {
    ControlClient control = MountPath.of(root).control();
    AtomicReference<String> id = new AtomicReference<>();
    control.call(
        "changeset-begin",
        Map.of(
            "pid",
            ProcessHandle.current().pid(),
            "message",
            message.isEmpty() ? String.join(" ", command) : message),
        answer -> id.set(answer.path("id").asText()));
    int exitCode;
    try {
      exitCode = run(id.get());
    } finally {
      end(control, id.get());
    }
    return exitCode;
  }

  private int run(String id) throws InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
    builder.environment().put("TRIFOLD_CHANGESET", id);
    try {
      return builder.start().waitFor();
    } catch (IOException e) {
      System.err.println("trifold: " + command.get(0) + " cannot be run: " + e.getMessage());
      return NOT_FOUND;
    }
  }

  private static void end(ControlClient control, String id) throws ControlException {
    control.call(
        "changeset-end",
        Map.of("id", id),
        answer -> {
          long events = answer.path("events").asLong();
          long conflicts = answer.path("conflicts").asLong();
          System.err.println(
              "change set "
                  + id
                  + (events == 0
                      ? ": nothing was changed"
                      : ": " + events + " changes, position " + answer.path("position").asLong())
                  + (conflicts == 0 ? "" : ", " + conflicts + " conflicts"));
        });
  }
}
