package io.trifold.cli;

import io.trifold.daemon.RunningMount;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code trifold key}. */
@Command(
    name = "key",
    description = "Shows the farm's keys, or changes the one that signs.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "  list     shows each key by its fingerprint",
      "  rotate   makes a new key, which signs from now on; copy the key file to the other",
      "           machines: a host that lacks the new key waits, and applies nothing until then",
      "  retire   ends the time of the earlier keys, here and now in the log: for when all hosts",
      "           have the new one. Copy the key file again."
    })
final class KeyCommand implements Callable<Integer> {
  /** What to do. */
  enum Verb {
    LIST,
    ROTATE,
    RETIRE
  }

  @Parameters(index = "0", paramLabel = "list|rotate|retire", description = "What to do.")
  private Verb verb;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "PATH",
      defaultValue = ".",
      description = "A path in a mount. Default: the current directory.")
  private Path path;

  @Override
  public Integer call() throws Exception {
    return RunningMount.around(path.toAbsolutePath().normalize())
        .control()
        .call(
            "key",
            Map.of("verb", verb.name().toLowerCase(Locale.ROOT)),
            answer -> System.out.println(answer.path("line").asText()));
  }
}
