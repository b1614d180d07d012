package io.trifold.simulation;

import io.trifold.queue.Change;
import io.trifold.queue.Event;
import io.trifold.replica.SteppedReplica;
import io.trifold.simulation.Violation.Rule;
import io.trifold.simulation.machine.Filesystem;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** Writes down what callers did and what the log says, and compares. */
final class Audit {
  /** What one host's callers made of one path, in order. */
  private static final class Story {
    final List<String> states = new ArrayList<>();

    /** What its files were under other names. */
    final Set<String> earlier = new HashSet<>();

    /** The last of them that is in the log. */
    int sent;

    /** Whether what stands there now was put there by the replica. */
    boolean placed;
  }

  private final LogModel log;
  private final Map<Integer, Map<String, Story>> stories = new HashMap<>();

  /** What callers have written completely, and the log does not need to have lost. */
  private final Map<Integer, Set<String>> owed = new HashMap<>();

  private final Map<Integer, Set<String>> synced = new HashMap<>();
  private final Map<String, Set<String>> loggedAt = new HashMap<>();
  private final Set<String> logged = new HashSet<>();
  private final Map<String, Event> states = new HashMap<>();
  private final Map<String, SimulatedHost> holders = new HashMap<>();
  private final Map<UUID, Long> sequences = new HashMap<>();
  private final Set<UUID> ids = new HashSet<>();
  private final Map<Integer, Long> positions = new HashMap<>();
  private int observed;

  Audit(LogModel log) {
    this.log = log;
  }

  // What callers do

  /** The machine has this name from now on; what stands on its disk is its own. */
  void appears(SimulatedHost host, Optional<SimulatedHost> copied) {
    observe();
    holders.put(host.name, host);
    Map<String, Story> mine = new HashMap<>();
    stories.put(host.number, mine);
    owed.put(host.number, new HashSet<>());
    synced.put(host.number, new HashSet<>());
    copied.ifPresent(
        original -> {
          stories
              .get(original.number)
              .forEach(
                  (path, story) -> {
                    Story same = new Story();
                    same.states.addAll(story.states);
                    same.sent = story.sent;
                    same.earlier.addAll(story.earlier);
                    same.placed = story.placed;
                    mine.put(path, same);
                  });
          owed.put(host.number, new HashSet<>(owed.get(original.number)));
          synced.put(host.number, new HashSet<>(synced.get(original.number)));
          owed.get(original.number).clear();
          positions.put(host.number, positions.getOrDefault(original.number, 0L));
        });
  }

  /**
   * The machine is as it was some time ago: only what it had not sent then is still its to send.
   */
  void setBack(SimulatedHost restored, SimulatedHost original) {
    Map<String, Story> mine = stories.get(restored.number);
    mine.clear();
    owed.get(restored.number).clear();
    owed.get(original.number).clear();
    positions.put(restored.number, restored.journal.position());
    Map<String, Filesystem.Node> there = restored.files.walk();
    Set<String> paths = new HashSet<>(there.keySet());
    paths.addAll(stories.get(original.number).keySet());
    for (String path : paths) {
      Optional<Filesystem.Node> node = Optional.ofNullable(there.get(path));
      String content = Contents.of(node);
      if (!content.equals(restored.journal.indexed(path))
          || !restored.journal.matches(path, node.map(Filesystem.Node::stat))) {
        made(restored, path, content);
      }
    }
  }

  private Story story(SimulatedHost host, String path) {
    return stories.get(host.number).computeIfAbsent(path, p -> new Story());
  }

  /** A caller made this of the path. */
  void made(SimulatedHost host, String path, String state) {
    Story story = story(host, path);
    story.states.add(state);
    story.placed = false;
  }

  /** A caller gave a file this name: what it was before, it can be again after a loss of power. */
  void named(SimulatedHost host, String path, String newPath) {
    Story before = story(host, path);
    Story story = story(host, newPath);
    story.earlier.addAll(before.earlier);
    story.earlier.addAll(before.states);
  }

  void made(SimulatedHost host, String path, Optional<Filesystem.Node> node) {
    made(host, path, Contents.of(node));
  }

  /** A caller has ended a write; the log is to have it, whatever comes. */
  void completed(SimulatedHost host, Filesystem.Node file) {
    // Every content is another one, but for that of empty files.
    if (file.content().length > 0) {
      owed.get(host.number).add(Contents.of(file));
    }
  }

  void synced(SimulatedHost host, Filesystem.Node file) {
    synced.get(host.number).add(Contents.of(file));
  }

  /** A caller takes the content away itself. */
  void takenAway(SimulatedHost host, Filesystem.Node file) {
    owed.get(host.number).remove(Contents.of(file));
  }

  // What the replica does

  SteppedReplica.Witness witness(SimulatedHost host) {
    return new SteppedReplica.Witness() {
      @Override
      public void replaces(
          String path, Optional<Filesystem.Node> old, Optional<Filesystem.Node> by) {
        if (Names.travels(path)) {
          observe();
          old.ifPresent(node -> checkReplaced(host, path, node, by));
          by.filter(Filesystem.Node::isFile).ifPresent(node -> checkWhole(host, path, node));
        }
      }

      @Override
      public void placed(String path) {
        if (Names.travels(path)) {
          story(host, path).placed = true;
        }
      }

      @Override
      public void moves(long position, SteppedReplica.MemoryJournalView after) {
        checkPosition(host, position, after);
      }
    };
  }

  private void checkReplaced(
      SimulatedHost host, String path, Filesystem.Node old, Optional<Filesystem.Node> by) {
    String content = Contents.of(old);
    if (host.hasOpenForWriting(old)) {
      throw new Violation(Rule.WRITER_KEPT, host + ": " + path + " is open for writing");
    }
    if (owed.get(host.number).contains(content) && !isKept(host, content)) {
      throw new Violation(
          Rule.NOTHING_VANISHES, host + ": " + path + " is replaced, the log lacks " + content);
    }
    if (old.isFile() && by.isEmpty() && !hasOtherThanFile(path)) {
      throw new Violation(Rule.WHOLE, host + ": " + path + " is removed, and nobody removed it");
    }
  }

  /** Whether the log has it, or it was set aside by a join. */
  private boolean isKept(SimulatedHost host, String content) {
    return logged.contains(content)
        || host.stateFiles.walk().values().stream()
            .anyMatch(node -> Contents.of(node).equals(content));
  }

  private boolean hasOtherThanFile(String path) {
    return loggedAt.getOrDefault(path, Set.of()).stream().anyMatch(s -> !s.startsWith("file "));
  }

  private void checkWhole(SimulatedHost host, String path, Filesystem.Node file) {
    String content = Contents.of(file);
    if (!loggedAt.getOrDefault(path, Set.of()).contains(content)) {
      throw new Violation(
          Rule.WHOLE, host + ": " + path + " becomes " + content + ", which the log never said");
    }
  }

  private void checkPosition(
      SimulatedHost host, long position, SteppedReplica.MemoryJournalView journal) {
    long before = positions.getOrDefault(host.number, 0L);
    Map<String, Long> latest = new HashMap<>();
    List<Event> counting = log.events().stream().filter(Event::counts).toList();
    counting.forEach(event -> latest.put(event.change().path(), event.position()));
    for (Event event : counting) {
      String path = event.change().path();
      // What a later event replaces anyway need not be applied: that one is still ahead, or done.
      if (event.position() > before
          && event.position() <= position
          && latest.get(path) == event.position()
          && journal.version(path) < event.position()
          && journal.unapplied(path) < event.position()) {
        throw new Violation(
            Rule.POSITION_HONEST,
            host + " passes position " + event.position() + ", and has not applied " + path);
      }
    }
    positions.put(host.number, Math.max(before, position));
  }

  // Loss of power

  /** What stood there, and who had put it there. */
  Map<String, String> before(SimulatedHost host) {
    Map<String, String> result = new LinkedHashMap<>();
    host.files.walk().forEach((path, node) -> result.put(path, Contents.of(node)));
    return result;
  }

  /**
   * Of what was not synced anything may be gone; of what the replica placed, nothing by halves.
   *
   * <p>Where a program's own content is gone after it was sent, this host shows it by another time
   * of change. A disk that kept the times and lost the bytes behind them would hide it: the one
   * thing that only {@code verify} finds.
   */
  void afterLossOfPower(SimulatedHost host, Map<String, String> before) {
    Map<String, String> after = before(host);
    Set<String> paths = new HashSet<>(before.keySet());
    paths.addAll(after.keySet());
    for (String path : paths) {
      String was = before.getOrDefault(path, Contents.NOTHING);
      String is = after.getOrDefault(path, Contents.NOTHING);
      if (was.equals(is) || !Names.travels(path)) {
        continue;
      }
      Story story = story(host, path);
      boolean known =
          loggedAt.getOrDefault(path, Set.of()).contains(is)
              || story.states.contains(is)
              || story.earlier.contains(is)
              || is.equals(Contents.NOTHING)
              || is.equals(Contents.DIRECTORY);
      if (story.placed && !known) {
        throw new Violation(
            Rule.WHOLE, host + ": after a loss of power " + path + " is " + is + ", by halves");
      }
      boolean inSync = host.journal.indexed(path).equals(was);
      if (story.placed && inSync && isOfAnother(host, path) && !was.equals(Contents.DIRECTORY)) {
        throw new Violation(
            Rule.POSITION_HONEST,
            host + ": a loss of power has taken " + path + " back, which was recorded as placed");
      }
      if (inSync) {
        host.find(path).ifPresent(node -> host.files.chmod(node, node.mode()));
      }
      // What a program did not sync can come back as it was before. What the log has all the same
      // is not to be taken back there: else it is a change like any other.
      boolean takenBack = inSync && known && isFromBefore(host, path);
      if (!takenBack
          && (!story.placed || story.states.contains(is) || story.earlier.contains(is))) {
        story.states.add(is);
      }
    }
    // The next loss of power would take the times back.
    host.files.syncAll();
    forgive(host, after);
  }

  /** Whether the index has a version that came from another host: that it placed durably. */
  private boolean isOfAnother(SimulatedHost host, String path) {
    long version = host.journal.version(path);
    return version > 0 && !log.events().get((int) version - 1).host().equals(host.name);
  }

  /** Whether nobody could have made it since the machine was started again. */
  private static boolean isFromBefore(SimulatedHost host, String path) {
    return !host.journal.isMarked(path)
        && host.find(path)
            .map(node -> node.stat())
            .filter(
                stat ->
                    !Instant.ofEpochSecond(stat.changeSeconds(), stat.changeNanos())
                        .isBefore(host.booted))
            .isEmpty();
  }

  /** What is gone was not synced; what has a local name again was not yet to be sent. */
  private void forgive(SimulatedHost host, Map<String, String> after) {
    Set<String> travelling = new HashSet<>();
    after.forEach(
        (path, content) -> {
          if (Names.travels(path)) {
            travelling.add(content);
          }
        });
    for (String content : List.copyOf(owed.get(host.number))) {
      if (!travelling.contains(content)) {
        owed.get(host.number).remove(content);
        if (synced.get(host.number).contains(content)
            && !after.containsValue(content)
            && !isKept(host, content)) {
          throw new Violation(
              Rule.NOTHING_VANISHES, host + ": a loss of power has taken " + content);
        }
      }
    }
  }

  // What the log says

  /** Looks at what is new in the log. */
  void observe() {
    List<Event> events = log.events();
    if (events.size() < observed) {
      throw new Violation(
          Rule.NUMBERS, "the log has " + events.size() + " events, and had " + observed);
    }
    for (; observed < events.size(); observed++) {
      Event event = events.get(observed);
      if (log.startsBatch(event.position())) {
        int end = observed + 1;
        while (end < events.size() && !log.startsBatch(events.get(end).position())) {
          end++;
        }
        checkOrder(events.subList(observed, end));
      }
      observe(event);
    }
  }

  private void observe(Event event) {
    String path = event.change().path();
    String content = Contents.of(event.change());
    if (event.position() != observed + 1 || !ids.add(event.id())) {
      throw new Violation(
          Rule.NUMBERS, "position " + event.position() + " comes behind " + observed);
    }
    Long last = sequences.put(event.incarnation(), event.producerSequence());
    if (event.producerSequence() != (last == null ? 1 : last + 1)) {
      throw new Violation(
          Rule.NUMBERS,
          event.host() + "'s number " + event.producerSequence() + " comes behind " + last);
    }
    Event previous = states.get(path);
    if (!event.counts()) {
      checkGaveWay(event, Optional.ofNullable(previous));
    } else if (previous != null) {
      checkReplacedInLog(event, previous);
    }
    checkAuthor(event, content, Optional.ofNullable(previous));
    checkContent(event);
    logged.add(content);
    if (event.counts()) {
      states.put(path, event);
      loggedAt.computeIfAbsent(path, p -> new HashSet<>()).add(content);
    }
  }

  /** It gives way to what stands at its path, which it did not know and is something else. */
  private static void checkGaveWay(Event event, Optional<Event> standing) {
    if (standing.filter(other -> isGivenWay(event, other)).isEmpty()) {
      throw new Violation(
          Rule.NOTHING_REPLACED_UNSEEN,
          "position "
              + event.position()
              + " gives way to "
              + event.yieldedTo()
              + ", was based on "
              + event.baseVersion()
              + ", and "
              + standing.map(Event::position)
              + " stands");
    }
  }

  private static boolean isGivenWay(Event event, Event standing) {
    return event.yieldedTo() == standing.position()
        && event.baseVersion() != standing.position()
        && !event.incarnation().equals(standing.incarnation())
        && !Contents.equal(event.change(), standing.change());
  }

  private static void checkReplacedInLog(Event event, Event previous) {
    if (event.baseVersion() != previous.position()
        && event.replaced() != previous.position()
        && !event.incarnation().equals(previous.incarnation())
        && !Contents.equal(event.change(), previous.change())) {
      throw new Violation(
          Rule.NOTHING_REPLACED_UNSEEN,
          "position "
              + event.position()
              + " replaces "
              + previous.position()
              + ", was based on "
              + event.baseVersion()
              + ", and is no conflict");
    }
  }

  private void checkAuthor(Event event, String content, Optional<Event> previous) {
    String before = previous.map(Event::change).map(Contents::of).orElse(Contents.NOTHING);
    boolean ofDirectory =
        content.equals(Contents.DIRECTORY)
            || (content.equals(Contents.NOTHING) && before.equals(Contents.DIRECTORY));
    if (ofDirectory || content.equals(before)) {
      return;
    }
    SimulatedHost host = holders.get(event.host());
    Story story = story(host, event.offered());
    for (int i = story.sent; i < story.states.size(); i++) {
      if (story.states.get(i).equals(content)) {
        story.sent = i;
        return;
      }
    }
    throw new Violation(
        Rule.NOTHING_INVENTED,
        "position "
            + event.position()
            + " makes "
            + event.change().path()
            + " "
            + content
            + " (it was "
            + before
            + "), and no caller of "
            + host
            + " did that after it was "
            + story.states.subList(Math.min(story.sent, story.states.size()), story.states.size()));
  }

  private void checkContent(Event event) {
    if (event.change() instanceof Change.PutFile file
        && file.content() instanceof Change.Content.Chunked chunked) {
      for (Change.Chunk chunk : chunked.chunks()) {
        if (!log.hasChunk(chunk.digest())) {
          throw new Violation(
              Rule.CONTENT_THERE, "position " + event.position() + " names content that is gone");
        }
      }
    }
  }

  /**
   * Of what is moved in one append, the new name comes before the old one goes. Except where the
   * old one is in the way: below a directory in whose place the same append puts something else.
   */
  private void checkOrder(List<Event> batch) {
    Map<String, String> removed = new HashMap<>();
    for (Event event : batch) {
      String path = event.change().path();
      Event previous = states.get(path);
      if (event.change() instanceof Change.Delete
          && event.counts()
          && previous != null
          && previous.change() instanceof Change.PutFile file
          && file.size() > 0
          && batch.stream().noneMatch(other -> isInTheWay(path, other.change()))) {
        removed.put(Contents.of(file), path);
      }
      if (event.change() instanceof Change.PutFile put && removed.containsKey(Contents.of(put))) {
        throw new Violation(
            Rule.NEW_NAME_FIRST,
            removed.get(Contents.of(put)) + " is removed before its content is put at " + path);
      }
    }
  }

  private static boolean isInTheWay(String path, Change change) {
    return change instanceof Change.Put
        && !(change instanceof Change.PutDirectory)
        && path.startsWith(change.path() + "/");
  }

  // At the end

  void checkNothingVanished(SimulatedHost host) {
    for (String content : owed.get(host.number)) {
      if (!isKept(host, content)) {
        throw new Violation(
            Rule.NOTHING_VANISHES, host + " wrote " + content + ", and the log lacks it");
      }
    }
  }

  void checkTree(SimulatedHost host) {
    Map<String, Event> expected = log.folded();
    Map<String, Filesystem.Node> found = host.files.walk();
    for (Map.Entry<String, Event> entry : expected.entrySet()) {
      Change.Put put = (Change.Put) entry.getValue().change();
      Filesystem.Node node = found.get(entry.getKey());
      String is = Contents.of(Optional.ofNullable(node));
      boolean same = is.equals(Contents.of(put));
      if (same && !(put instanceof Change.PutSymlink)) {
        same = node.mode() == put.metadata().mode();
      }
      if (same && put instanceof Change.PutFile) {
        same =
            node.stat().modifySeconds() == put.metadata().mtimeSeconds()
                && node.stat().modifyNanos() == put.metadata().mtimeNanos();
      }
      if (!same && !holdsLocal(entry.getKey(), found)) {
        throw new Violation(
            Rule.TREES_EQUAL,
            host
                + ": "
                + entry.getKey()
                + " is "
                + is
                + ", not "
                + Contents.of(put)
                + " as position "
                + entry.getValue().position()
                + " says, or with other metadata");
      }
    }
    for (Map.Entry<String, Filesystem.Node> entry : found.entrySet()) {
      String path = entry.getKey();
      if (Names.travels(path)
          && !expected.containsKey(path)
          && !(entry.getValue().isDirectory() && holdsLocal(path, found))) {
        throw new Violation(
            Rule.TREES_EQUAL, host + ": " + path + " is there, the log says it is not");
      }
    }
  }

  /** Names are one file only where the log says so: else a write would change more than it does. */
  void checkLinks(SimulatedHost host) {
    Map<String, Filesystem.Node> found = host.files.walk();
    Map<Filesystem.Node, Change.PutFile> known = new HashMap<>();
    for (Event event : log.folded().values()) {
      Filesystem.Node node = found.get(event.change().path());
      if (event.change() instanceof Change.PutFile put && node != null) {
        Change.PutFile other = known.putIfAbsent(node, put);
        if (other != null && (put.link().isEmpty() || !put.link().equals(other.link()))) {
          throw new Violation(
              Rule.TREES_EQUAL,
              host + ": " + put.path() + " is one file with " + other.path() + ", not in the log");
        }
      }
    }
  }

  /** A directory with local files in it stays, and what is to stand in its place is parked. */
  static boolean holdsLocal(SimulatedHost host, String directory) {
    return holdsLocal(directory, host.files.walk());
  }

  private static boolean holdsLocal(String directory, Map<String, Filesystem.Node> found) {
    return found.keySet().stream()
        .anyMatch(path -> path.startsWith(directory + "/") && !Names.travels(path));
  }
}
