package io.trifold.history;

import com.fasterxml.jackson.databind.JsonNode;
import io.trifold.control.ControlCommand.Answers;
import io.trifold.control.ControlException;
import io.trifold.control.ControlServer;
import io.trifold.queue.Change;
import io.trifold.queue.Event;
import io.trifold.queue.FarmLog;
import io.trifold.queue.History;
import io.trifold.queue.Outcome;
import io.trifold.queue.PathState;
import io.trifold.queue.QueueException;
import io.trifold.queue.Verdict;
import io.trifold.replica.Offer;
import io.trifold.replica.Replica;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Answers what is asked of the history by way of the control socket. */
public final class HistoryRequests {
  private static final int PAGE = 1000;

  private final Replica replica;

  private HistoryRequests(Replica replica) {
    this.replica = replica;
  }

  /** From now on they are answered. */
  public static void register(ControlServer server, Replica replica) {
    HistoryRequests requests = new HistoryRequests(replica);
    server.register("history", requests::history);
    server.register("restore", requests::restore);
    server.register("conflicts", requests::conflicts);
  }

  private int history(JsonNode arguments, Answers answers)
      throws QueueException, ControlException, IOException {
    String path = path(arguments, "path");
    boolean below = arguments.path("below").asBoolean();
    int limit = arguments.path("limit").asInt(PAGE);
    History history = replica.log().history();
    long before = Long.MAX_VALUE;
    int told = 0;
    while (told < limit) {
      List<Event> page = history.versions(path, below, before, Math.min(PAGE, limit - told));
      for (Event event : page) {
        answers.give(Told.Version.of(event));
        before = event.position();
      }
      told += page.size();
      if (page.size() < PAGE) {
        break;
      }
    }
    if (told == 0) {
      throw new ControlException(
          shown(path)
              + " is not in the history: it never was propagated, or longer ago than is kept"
              + (below ? "" : "; --below looks at what is in it, too"));
    }
    return 0;
  }

  private int conflicts(JsonNode arguments, Answers answers)
      throws QueueException, ControlException, IOException {
    String path = path(arguments, "path");
    int limit = arguments.path("limit").asInt(PAGE);
    for (History.Conflict conflict :
        replica.log().history().conflicts(path, Long.MAX_VALUE, limit)) {
      String beside =
          conflict
              .lost()
              .filter(lost -> lost.verdict() == Verdict.ASIDE)
              .map(lost -> lost.change().path())
              .orElse("");
      answers.give(
          new Told.Conflict(
              conflict.path(),
              conflict.won().map(Told.Version::of).orElse(null),
              conflict.lost().map(Told.Version::of).orElse(null),
              beside,
              conflict.stands()));
    }
    return 0;
  }

  private int restore(JsonNode arguments, Answers answers)
      throws QueueException, ControlException, IOException, InterruptedException {
    String path = path(arguments, "path");
    String to = arguments.has("to") ? path(arguments, "to") : path;
    boolean exact = arguments.path("exact").asBoolean();
    FarmLog log = replica.log();
    // What is done here and is not in the log yet would be overwritten unseen.
    replica.awaitSent();
    long position = position(log, arguments.path("at").asText());
    List<Change> then = then(log, path, to, position);
    for (Change change : then) {
      if (change instanceof Change.Put && !replica.propagates(change)) {
        throw new ControlException(
            change.path() + " is not propagated by this host's rules: nothing is restored there");
      }
    }
    Restoring plan = Restoring.plan(then, all(log, to, Long.MAX_VALUE), exact);
    if (!plan.obstacles().isEmpty()) {
      throw new ControlException(
          plan.obstacles().get(0)
              + " is a directory now, with things in it that were made since: --exact deletes them,"
              + " --to restores elsewhere");
    }
    tell(plan, answers);
    if (arguments.path("dryRun").asBoolean() || plan.steps().isEmpty()) {
      return 0;
    }
    return apply(plan, answers);
  }

  private static void tell(Restoring plan, Answers answers) throws IOException {
    for (Restoring.Step step : plan.steps()) {
      boolean delete = step.change() instanceof Change.Delete;
      answers.give(
          new Told.Restored(
              step.change().path(),
              delete ? "delete" : step.replaces() ? "replace" : "put",
              Told.word(step.change()),
              step.now().map(Told.Version::of).orElse(null)));
    }
    for (String added : plan.added()) {
      answers.give(new Told.Restored(added, "keep", "", null));
    }
  }

  private int apply(Restoring plan, Answers answers)
      throws QueueException, ControlException, IOException, InterruptedException {
    List<Offer> offers =
        plan.steps().stream().map(step -> new Offer(step.change(), step.base())).toList();
    Map<String, Outcome> outcomes;
    try {
      outcomes = replica.offer(offers, Optional.empty());
    } catch (QueueException.MissingChunks e) {
      throw new ControlException(
          "the content is no longer kept: the rule's history= is shorter than that", e);
    }
    long last = 0;
    int changed = 0;
    for (Map.Entry<String, Outcome> outcome : outcomes.entrySet()) {
      last = Math.max(last, outcome.getValue().position());
      if (outcome.getValue().verdict() != Verdict.STANDS) {
        changed++;
        answers.give(new Told.Restored(outcome.getKey(), "changed", "", null));
      }
    }
    replica.awaitApplied(last);
    return changed == 0 ? 0 : 3;
  }

  /** What was there, at the paths where it is to be, with the directories above that are gone. */
  private static List<Change> then(FarmLog log, String path, String to, long position)
      throws QueueException, ControlException {
    List<Change> then = new ArrayList<>();
    for (PathState state : all(log, path, position)) {
      if (state.event().change() instanceof Change.Put) {
        then.add(state.event().change().at(to + state.path().substring(path.length())));
      }
    }
    if (then.isEmpty()) {
      throw new ControlException(
          "nothing was at " + shown(path) + " at position " + position + ", as far as is kept");
    }
    if (to.equals(path)) {
      for (int slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
        String above = path.substring(0, slash);
        Optional<PathState> now = log.state(above);
        if (now.filter(state -> state.event().change() instanceof Change.Put).isEmpty()) {
          log.history().statesAt(above, position, "", 1).stream()
              .filter(state -> state.path().equals(above))
              .map(state -> state.event().change())
              .filter(Change.Put.class::isInstance)
              .forEach(then::add);
        }
      }
    }
    return then;
  }

  private static List<PathState> all(FarmLog log, String path, long position)
      throws QueueException {
    List<PathState> states = new ArrayList<>();
    String after = "";
    List<PathState> page;
    do {
      page = log.history().statesAt(path, position, after, PAGE);
      states.addAll(page);
      after = page.isEmpty() ? after : page.get(page.size() - 1).path();
    } while (page.size() == PAGE);
    return states;
  }

  private static long position(FarmLog log, String text) throws QueueException, ControlException {
    Moment moment;
    try {
      moment = Moment.parse(text, Instant.now(), ZoneId.systemDefault());
    } catch (IllegalArgumentException e) {
      throw new ControlException("--at: \"" + text + "\" is not " + Moment.FORMS, 2);
    }
    long head = log.head().position();
    long position =
        moment instanceof Moment.At at
            ? at.position()
            : log.history().positionAt(((Moment.By) moment).time());
    if (position > head) {
      throw new ControlException("--at: the log ends at position " + head, 2);
    }
    if (position < 1) {
      throw new ControlException("--at: the log has nothing from before " + text, 2);
    }
    return position;
  }

  /** Relative to the root, normal; input from the asker. */
  private static String path(JsonNode arguments, String name) throws ControlException {
    String path = arguments.path(name).asText("");
    if (!path.isEmpty() && !Replica.isPath(path)) {
      throw new ControlException("\"" + path + "\" is no path of the mount", 2);
    }
    return path;
  }

  private static String shown(String path) {
    return path.isEmpty() ? "the root" : path;
  }
}
