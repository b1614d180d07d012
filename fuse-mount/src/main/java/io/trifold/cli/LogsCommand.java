package io.trifold.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.trifold.config.SettingsException;
import io.trifold.control.ControlException;
import io.trifold.daemon.RunningMount;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code trifold logs}. */
@Command(
    name = "logs",
    description = "Shows the lines of logs as all hosts of the farm wrote them, in one order.",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Shown are lines that went to the target cloud, as long as the database keeps them. The exit",
      "code is 1 if there are none."
    })
final class LogsCommand implements Callable<Integer> {
  @Parameters(arity = "1..*", paramLabel = "PATH", description = "A log in a mount.")
  private List<Path> paths;

  @Option(
      names = {"-f", "--follow"},
      description = "Go on with those that come, until interrupted.")
  private boolean follow;

  @Option(
      names = "--host",
      paramLabel = "HOST",
      description = "Only the lines of this host; may be repeated.")
  private List<String> hosts = new ArrayList<>();

  @Option(
      names = "--since",
      paramLabel = "TIME",
      description = "Only lines from then on: 10m, 2h, 3d ago, 2026-01-31, 2026-01-31T10:00.")
  private String since;

  @Option(
      names = "--grep",
      paramLabel = "REGEX",
      description = "Only lines in which this Java regular expression is found.")
  private String grep;

  @Override
  public Integer call() throws Exception {
    RunningMount mount = RunningMount.around(absolute(paths.get(0)));
    List<String> inside = new ArrayList<>();
    for (Path path : paths) {
      inside.add(relative(mount, path));
    }
    Map<String, Object> arguments = new HashMap<>();
    arguments.put("paths", inside);
    arguments.put("hosts", hosts);
    arguments.put("follow", follow);
    Optional.ofNullable(grep).ifPresent(regex -> arguments.put("grep", regex));
    if (since != null) {
      arguments.put("since", Times.parse(since, "--since").toString());
    }
    Shown shown = new Shown(inside.size() > 1);
    try {
      mount.control().call("logs", arguments, shown::line);
    } catch (ReaderGone e) {
      return 0;
    }
    if (shown.count == 0) {
      throw new ControlException(
          "no lines of "
              + String.join(", ", inside)
              + " are in the database: is cloud among the targets? trifold status tells");
    }
    return 0;
  }

  private static Path absolute(Path path) {
    return path.toAbsolutePath().normalize();
  }

  private static String relative(RunningMount mount, Path path) throws SettingsException {
    Path absolute = absolute(path);
    if (!absolute.startsWith(mount.root()) || absolute.equals(mount.root())) {
      throw new SettingsException(
          path + " is not in " + mount.root() + ": ask for the logs of one mount at a time");
    }
    return mount.root().relativize(absolute).toString();
  }

  /** Nobody reads the output any more: as {@code head}, which had its lines. */
  private static final class ReaderGone extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private static final class Shown {
    private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    private final boolean many;
    private int count;

    Shown(boolean many) {
      this.many = many;
    }

    void line(JsonNode line) {
      if (line.has("warning")) {
        Main.warn(line.path("warning").asText());
        return;
      }
      count++;
      String path = many ? line.path("path").asText() + ": " : "";
      out.println(
          line.path("at").asText()
              + " "
              + line.path("host").asText()
              + " "
              + path
              + line.path("text").asText());
      if (out.checkError()) {
        throw new ReaderGone();
      }
    }
  }
}
