package io.trifold.history;

import com.fasterxml.jackson.databind.JsonNode;
import io.trifold.control.ControlCommand.Answers;
import io.trifold.control.ControlException;
import io.trifold.control.ControlServer;
import io.trifold.queue.Change;
import io.trifold.queue.ChangeSet;
import io.trifold.queue.Event;
import io.trifold.queue.FarmLog;
import io.trifold.queue.Outcome;
import io.trifold.queue.PathState;
import io.trifold.queue.QueueException;
import io.trifold.queue.Verdict;
import io.trifold.replica.Offer;
import io.trifold.replica.Replica;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers what is asked for change sets by way of the control socket. */
public final class ChangeSetRequests {
  private static final Logger LOG = LoggerFactory.getLogger(ChangeSetRequests.class);
  private static final int MAX_MESSAGE = 1000;
  private static final int LISTED = 1000;

  private final Replica replica;

  private ChangeSetRequests(Replica replica) {
    this.replica = replica;
  }

  /** From now on they are answered. */
  public static void register(ControlServer server, Replica replica) {
    ChangeSetRequests requests = new ChangeSetRequests(replica);
    server.register("changeset-begin", requests::begin);
    server.register("changeset-end", requests::end);
    server.register("changesets", requests::list);
    server.register("rollback", requests::rollback);
  }

  private int begin(JsonNode arguments, Answers answers)
      throws QueueException, ControlException, IOException {
    int pid = arguments.path("pid").asInt();
    ProcessHandle maker =
        ProcessHandle.of(pid)
            .orElseThrow(() -> new ControlException("process " + pid + " is not to be seen here"));
    String message = message(arguments.path("message").asText(""));
    FarmLog log = replica.log();
    UUID id = UUID.randomUUID();
    log.history().announce(id, message);
    replica.beginChangeSet(id, pid);
    // Whoever began it may be killed, and nothing is to be held back for ever.
    var unused =
        maker
            .onExit()
            .thenRun(
                () -> {
                  if (replica.isOpenChangeSet(id)) {
                    LOG.warn("change set {} ends, as its process {} is gone", id, pid);
                    abandon(id);
                  }
                });
    answers.give(Map.of("id", id.toString()));
    return 0;
  }

  private void abandon(UUID id) {
    try {
      replica.endChangeSet(id);
    } catch (QueueException e) {
      LOG.warn("change set {}: {}", id, e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String message(String text) {
    String line = text.replaceAll("\\p{Cntrl}", " ").strip();
    return line.length() > MAX_MESSAGE ? line.substring(0, MAX_MESSAGE) : line;
  }

  private int end(JsonNode arguments, Answers answers)
      throws QueueException, ControlException, IOException, InterruptedException {
    UUID id = id(arguments);
    if (!replica.isOpenChangeSet(id)) {
      throw new ControlException("change set " + id + " is over already");
    }
    Map<String, Outcome> outcomes = replica.endChangeSet(id);
    tell(id, outcomes, answers);
    return 0;
  }

  private static void tell(UUID id, Map<String, Outcome> outcomes, Answers answers)
      throws IOException {
    long last = outcomes.values().stream().mapToLong(Outcome::position).max().orElse(0);
    long conflicts = outcomes.values().stream().filter(Outcome::isConflict).count();
    answers.give(
        Map.of(
            "id",
            id.toString(),
            "events",
            outcomes.size(),
            "position",
            last,
            "conflicts",
            conflicts));
  }

  int list(JsonNode arguments, Answers answers) throws QueueException, IOException {
    for (ChangeSet set : replica.log().history().changeSets(LISTED)) {
      answers.give(
          Map.of(
              "id",
              set.id().toString(),
              "host",
              set.host(),
              "message",
              set.message(),
              "at",
              set.begun().toString(),
              "events",
              set.events(),
              "position",
              set.last()));
    }
    return 0;
  }

  private int rollback(JsonNode arguments, Answers answers)
      throws QueueException, ControlException, IOException, InterruptedException {
    UUID id = id(arguments);
    boolean force = arguments.path("force").asBoolean();
    FarmLog log = replica.log();
    replica.awaitSent();
    List<Event> events = log.history().ofChangeSet(id);
    if (events.isEmpty()) {
      throw new ControlException(
          "change set " + id + " is not in the history: trifold changesets lists them");
    }
    List<Offer> offers = new ArrayList<>();
    int since = 0;
    for (Event event : events) {
      if (!event.counts()) {
        continue;
      }
      String path = event.change().path();
      Optional<Event> now = log.state(path).map(PathState::event);
      boolean changedSince = now.filter(later -> isOther(later, event)).isPresent();
      Change before = before(log, event);
      if (now.map(Event::change).filter(before::equals).isPresent()) {
        continue;
      }
      since += changedSince ? 1 : 0;
      answers.give(
          new Told.Restored(
              path,
              changedSince ? "since" : before instanceof Change.Delete ? "delete" : "replace",
              Told.word(before),
              now.map(Told.Version::of).orElse(null)));
      offers.add(new Offer(before, now.map(Event::position).orElse(0L)));
    }
    if (arguments.path("dryRun").asBoolean()) {
      return 0;
    }
    if (since > 0 && !force) {
      throw new ControlException(
          since
              + " of its paths were changed since: nothing was done; --force takes these back, too",
          3);
    }
    return offers.isEmpty() ? 0 : offer(log, id, offers, answers);
  }

  private int offer(FarmLog log, UUID id, List<Offer> offers, Answers answers)
      throws QueueException, ControlException, IOException, InterruptedException {
    UUID back = UUID.randomUUID();
    log.history().announce(back, "rollback of " + id);
    Map<String, Outcome> outcomes;
    try {
      outcomes = replica.offer(offers, Optional.of(back));
    } catch (QueueException.MissingChunks e) {
      throw new ControlException(
          "the content from before is no longer kept: the rule's history= is shorter than that", e);
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
    answers.give(Map.of("id", back.toString(), "events", outcomes.size()));
    return changed == 0 ? 0 : 3;
  }

  /** Directories are put again for their times, when what was moved with them is in its place. */
  private static boolean isOther(Event now, Event event) {
    boolean restated =
        now.change() instanceof Change.PutDirectory
            && event.change() instanceof Change.PutDirectory;
    return now.position() != event.position() && !restated;
  }

  /** What stood at the path just before the event. */
  private static Change before(FarmLog log, Event event) throws QueueException {
    String path = event.change().path();
    for (PathState state : log.history().statesAt(path, event.position() - 1, "", 1)) {
      if (state.path().equals(path)) {
        return state.event().change();
      }
    }
    return new Change.Delete(path);
  }

  private static UUID id(JsonNode arguments) throws ControlException {
    String text = arguments.path("id").asText();
    try {
      return UUID.fromString(text);
    } catch (IllegalArgumentException e) {
      throw new ControlException("\"" + text + "\" is no id of a change set", 2);
    }
  }
}
