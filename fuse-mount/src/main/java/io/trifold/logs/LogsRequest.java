package io.trifold.logs;

import com.fasterxml.jackson.databind.JsonNode;
import io.trifold.control.ControlCommand;
import io.trifold.control.ControlException;
import io.trifold.queue.LineStream;
import io.trifold.queue.QueueException;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * What {@code trifold logs} asks for. Arguments: {@code paths} relative to the root; {@code hosts},
 * {@code since}, {@code grep}, {@code follow} may be missing. Each answer is a line: {@code at},
 * {@code host}, {@code path}, {@code text}; or says in {@code warning} why some may be missing.
 */
public final class LogsRequest implements ControlCommand {
  private final LogRouter router;

  public LogsRequest(LogRouter router) {
    this.router = router;
  }

  /** What a mount answers that has no logs. */
  public static ControlCommand ofNone() {
    return (arguments, answers) -> {
      throw new ControlException("this mount has no logs: no rule of it is log");
    };
  }

  private record Answer(String at, String host, String path, String text) {}

  private record Warning(String warning) {}

  private record Giver(Answers answers) implements LineView.Taker<IOException> {
    @Override
    public void take(LineView.Line line) throws IOException {
      answers.give(
          new Answer(line.at().toString(), line.host(), LogFiles.shown(line.path()), line.text()));
    }

    @Override
    public void told(String what) throws IOException {
      answers.give(new Warning(what));
    }
  }

  @Override
  public int run(JsonNode arguments, Answers answers)
      throws ControlException, QueueException, IOException, InterruptedException {
    LineStream stream = router.stream();
    Set<String> paths = texts(arguments.path("paths"));
    for (String path : paths) {
      if (router.rule(path).isEmpty()) {
        throw new ControlException(
            path + " is no log by the rules of this mount: trifold explain tells what it is");
      }
    }
    LineView view = new LineView(stream, filter(arguments, paths), since(arguments));
    long last = stream.ends().position();
    Giver giver = new Giver(answers);
    view.history(hosts(arguments, stream), last, giver);
    if (arguments.path("follow").asBoolean()) {
      view.follow(last, giver);
    }
    return 0;
  }

  private static Predicate<LineView.Line> filter(JsonNode arguments, Set<String> paths)
      throws ControlException {
    Set<String> hosts = texts(arguments.path("hosts"));
    String expression = arguments.path("grep").asText("");
    Pattern pattern;
    try {
      pattern = Pattern.compile(expression);
    } catch (PatternSyntaxException e) {
      throw new ControlException(
          "--grep: no regular expression: " + e.getDescription() + " in " + expression, 2);
    }
    return line ->
        paths.contains(line.path())
            && (hosts.isEmpty() || hosts.contains(line.host()))
            && pattern.matcher(line.text()).find();
  }

  private static List<String> hosts(JsonNode arguments, LineStream stream)
      throws QueueException, ControlException {
    List<String> known = stream.hosts();
    Set<String> asked = texts(arguments.path("hosts"));
    for (String host : asked) {
      if (!known.contains(host)) {
        throw new ControlException(
            "no host \"" + host + "\" in the farm; there are " + String.join(", ", known));
      }
    }
    return asked.isEmpty() ? known : known.stream().filter(asked::contains).toList();
  }

  private static Optional<Instant> since(JsonNode arguments) throws ControlException {
    if (!arguments.hasNonNull("since")) {
      return Optional.empty();
    }
    try {
      return Optional.of(Instant.parse(arguments.get("since").asText()));
    } catch (DateTimeException e) {
      throw new ControlException("no time: " + arguments.get("since").asText(), e);
    }
  }

  private static Set<String> texts(JsonNode array) {
    Set<String> texts = new HashSet<>();
    array.forEach(each -> texts.add(each.asText()));
    return texts;
  }
}
