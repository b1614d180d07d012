package io.trifold.replica;

import io.trifold.posix.ErrnoException;
import io.trifold.posix.Stat;
import io.trifold.queue.Change;
import io.trifold.queue.Event;
import io.trifold.queue.FarmLog;
import io.trifold.queue.Head;
import io.trifold.queue.Metadata;
import io.trifold.queue.PathState;
import io.trifold.queue.QueueException;
import io.trifold.queue.Xattrs;
import io.trifold.replica.Journal.Counter;
import io.trifold.replica.Journal.Standing;
import io.trifold.rules.RuleState;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A host's first meeting with the log: path by path, the log's version wins over what stands here,
 * which is set aside and never lost; what only stands here is registered. Before the mount answers,
 * so nobody else is at work on the tree. After a crash it is done again from the beginning, and
 * passes over what the index has.
 */
final class Join {
  private static final Logger LOG = LoggerFactory.getLogger(Join.class);
  private static final int PAGE = 1000;
  private static final int GROUP_FILES = 2000;
  private static final long GROUP_BYTES = 64L << 20;

  /** Older versions that are looked at. */
  private static final int VERSIONS = 100;

  private static final Duration TELLS = Duration.ofSeconds(5);

  private final Disk disk;
  private final RuleState rules;
  private final Journal journal;
  private final DirtySet dirty;
  private final Placer placer;
  private final Displaced displaced;
  private final InstantSource clock;
  private final Consumer<JoinProgress> progress;
  private final Executor reader;

  private final Deque<Change.PutDirectory> directories = new ArrayDeque<>();
  private final Deque<Event> buried = new ArrayDeque<>();
  private List<Placement> placements = new ArrayList<>();
  private JournalUpdate update = new JournalUpdate();

  /** What is on the disk, but perhaps not yet for good. */
  private JournalUpdate unsettled = new JournalUpdate();

  /** Of what is to be placed, what is a file here that has other names, too. */
  private Map<String, PathState> severalNames = new HashMap<>();

  /** What looked changed when it was to be placed, perhaps as another name was just dressed. */
  private final List<PathState> again = new ArrayList<>();

  private boolean isSecondLook;

  private long bytes;
  private long paths;
  private long compared;
  private long placed;
  private long placedBytes;
  private Instant told = Instant.MIN;

  /** One that does all in the calling thread and tells nobody. */
  Join(
      Disk disk,
      RuleState rules,
      Journal journal,
      DirtySet dirty,
      Placer placer,
      Displaced displaced,
      InstantSource clock) {
    this(disk, rules, journal, dirty, placer, displaced, clock, progress -> {}, Runnable::run);
  }

  /**
   * One that tells how it gets on.
   *
   * @param reader where the next page of the log is read meanwhile
   */
  Join(
      Disk disk,
      RuleState rules,
      Journal journal,
      DirtySet dirty,
      Placer placer,
      Displaced displaced,
      InstantSource clock,
      Consumer<JoinProgress> progress,
      Executor reader) {
    this.disk = disk;
    this.rules = rules;
    this.journal = journal;
    this.dirty = dirty;
    this.placer = placer;
    this.displaced = displaced;
    this.clock = clock;
    this.progress = progress;
    this.reader = reader;
  }

  /**
   * Compares all that the log knows with the disk. When this returns, the disk is as the log was
   * when its head was read, and what differs on disk is marked.
   *
   * @return where the host stands now
   */
  Standing run(FarmLog log) throws QueueException, ErrnoException {
    // The head first: the pages that follow are of later moments, and the replay from here on
    // passes over what they showed already.
    Head head = log.head();
    paths = log.paths();
    StatePages pages = new StatePages(log, PAGE, reader);
    for (List<PathState> page = pages.next(); !page.isEmpty(); page = pages.next()) {
      for (PathState state : page) {
        meet(log, state);
        compared++;
        if (bytes > GROUP_BYTES || placements.size() >= GROUP_FILES) {
          flushLoosely(log);
        }
      }
      tell();
    }
    finishDirectories(log);
    Standing standing =
        new Standing(Optional.of(head.epoch()), head.position(), Optional.empty(), true);
    Scan scan = new Scan(disk, rules, journal, dirty);
    scan.believe(scan.run());
    journal.commit(new JournalUpdate().standing(standing));
    LOG.info(
        "joined at position {}: {}; {} here are new to the log",
        head.position(),
        progress().describe(),
        dirty.size());
    progress.accept(progress());
    return standing;
  }

  private JoinProgress progress() {
    return new JoinProgress(compared, paths, placed, placedBytes);
  }

  private void tell() {
    progress.accept(progress());
    Instant now = clock.instant();
    if (now.isAfter(told.plus(TELLS))) {
      told = now;
      LOG.info("joining: {}", progress().describe());
    }
  }

  /** Brings one path to what the log says, as a join does. */
  void meet(FarmLog log, PathState state) throws QueueException, ErrnoException {
    Event event = state.event();
    Change change = event.change();
    String path = state.path();
    Optional<IndexEntry> known = journal.entry(path);
    if (known.isPresent() && known.get().version() >= event.position()) {
      return;
    }
    if (!PathNames.valid(path)) {
      pass(event, Unapplied.Cause.REFUSED, "no path that a host may be asked to change");
      return;
    }
    State after = State.after(change);
    RuleState bound = PathNames.rules(rules, path);
    if (!after.kind().travels(bound)) {
      pass(event, Unapplied.Cause.UNBOUND, "not propagated by this host's rules");
      return;
    }
    if (change instanceof Change.PutDirectory put) {
      directories.push(put);
    }
    Optional<Stat> found = disk.look(path);
    Optional<Kind> kind = Kind.of(found);
    if (kind.isEmpty() || (found.isPresent() && !kind.get().travels(bound))) {
      if (after.exists()) {
        pass(event, Unapplied.Cause.PARKED, "something that does not travel stands here");
      }
      return;
    }
    List<State> former = after.exists() || found.isEmpty() ? List.of() : former(log, event);
    JoinDecision decision = JoinDecision.of(after, here(path, found, after), former);
    LOG.debug("joining: {} {}", decision, path);
    if (found.filter(stat -> stat.isRegular() && stat.links() > 1).isPresent()) {
      severalNames.put(path, state);
    }
    switch (decision) {
      case INDEX -> {
        boolean named = found.isPresent() && found.get().isRegular() && found.get().links() > 1;
        if (after.link().isPresent() || named) {
          place(event, found, true);
        } else {
          index(event, found);
        }
      }
      case DRESS -> place(event, found, true);
      case PLACE -> place(event, found, false);
      case DISPLACE -> {
        setAside(path, found.orElseThrow());
        place(event, found, false);
      }
      case BURY -> {
        setAside(path, found.orElseThrow());
        if (found.get().isDirectory()) {
          buried.push(event);
        } else {
          place(event, found, false);
        }
      }
      case REGISTER ->
          update.index(new IndexEntry(path, event.position(), State.ABSENT, Optional.empty()));
    }
  }

  /** What stood at the path before the log's delete of it, as far as the log still has that. */
  private static List<State> former(FarmLog log, Event delete) throws QueueException {
    String path = delete.change().path();
    return log.history().versions(path, false, delete.position(), VERSIONS).stream()
        .filter(event -> event.counts() && event.change().path().equals(path))
        .map(event -> State.after(event.change()))
        .toList();
  }

  /** What stands here; a content that cannot be the log's is not read. */
  private State here(String path, Optional<Stat> found, State log) throws ErrnoException {
    if (found.isEmpty()) {
      return State.ABSENT;
    }
    Stat stat = found.get();
    Metadata metadata = disk.metadata(stat);
    if (stat.isDirectory()) {
      return State.directory(
          log.metadata()
              .map(
                  theirs ->
                      new Metadata(
                          metadata.mode(),
                          metadata.owner(),
                          metadata.group(),
                          theirs.mtimeSeconds(),
                          theirs.mtimeNanos()))
              .orElse(metadata)
              .with(disk.xattrs(path, log.xattrs())));
    }
    if (stat.isSymlink()) {
      return State.symlink(metadata, disk.readlink(path));
    }
    boolean comparable = !log.exists() || (log.kind() == Kind.FILE && log.size() == stat.size());
    Optional<FileContent> content =
        comparable ? FileContent.read(disk, path, log.xattrs()) : Optional.empty();
    Metadata full = metadata.with(content.map(FileContent::xattrs).orElse(Xattrs.NONE));
    return new State(
        Kind.FILE, Optional.of(full), stat.size(), content.map(FileContent::digest), "");
  }

  private void index(Event event, Optional<Stat> found) {
    update.index(
        new IndexEntry(
            event.change().path(),
            event.position(),
            State.after(event.change()),
            found.map(stat -> Signature.of(stat, clock.instant()))));
    update.caughtUp(event.change().path(), event.position());
  }

  private void place(Event event, Optional<Stat> found, boolean dressOnly) {
    // Nobody else is at work here: what changes a file's change time is a name that comes or goes.
    Optional<Signature> there = found.map(stat -> Signature.of(stat, clock.instant()));
    placements.add(
        new Placement(
            event,
            now ->
                there.isEmpty()
                    ? now.isEmpty()
                    : now.filter(there.get()::matchesButForNames).isPresent(),
            dressOnly));
    bytes += event.change() instanceof Change.PutFile put ? put.size() : 0;
  }

  private void setAside(String path, Stat found) throws ErrnoException {
    if (displaced.keep(path, found)) {
      update.count(Counter.DISPLACED, 1);
      LOG.warn("{} gives way to the log's version; what stood here is kept in {}", path, displaced);
    }
  }

  private void pass(Event event, Unapplied.Cause cause, String reason) {
    String path = event.change().path();
    update.unapplied(new Unapplied(path, event.position(), cause, reason, clock.instant(), 1));
    if (cause != Unapplied.Cause.DEFERRED) {
      LOG.warn("joining: {} is not applied: {}", path, reason);
    }
    if (cause == Unapplied.Cause.UNBOUND || cause == Unapplied.Cause.REFUSED) {
      update.count(Counter.REJECTED, 1);
    }
  }

  /** Brings to the disk, and to the index, what was met so far. */
  void flush(FarmLog log) throws QueueException, ErrnoException {
    flushLoosely(log);
    isSecondLook = true;
    for (PathState state : again) {
      meet(log, state);
      // For itself: no other name is in its way now.
      flushLoosely(log);
    }
    isSecondLook = false;
    again.clear();
    placer.settle();
    commitSettled();
    journal.commit(update);
    update = new JournalUpdate();
  }

  /**
   * Brings it to the disk. The index has it only after the next sync: a crash before that makes the
   * next join look at these paths again, and find them as the log has them.
   */
  private void flushLoosely(FarmLog log) throws QueueException, ErrnoException {
    if (placements.stream().anyMatch(Join::isLinked)) {
      // What a file is to be linked with may have been met just before.
      placer.settle();
      commitSettled();
      journal.commit(update);
      update = new JournalUpdate();
    }
    LinkedFiles links =
        new LinkedFiles(disk, journal, path -> true, placer::isOpenForWriting, clock);
    Map<Placement, Placement.Result> results = placer.placeLoosely(log, placements, links);
    commitSettled();
    for (Map.Entry<Placement, Placement.Result> result : results.entrySet()) {
      record(result.getKey(), result.getValue());
    }
    links.refreshed().forEach(update::index);
    links.suspects().forEach(path -> dirty.mark(path, false, false));
    unsettled = update;
    update = new JournalUpdate();
    placements = new ArrayList<>();
    severalNames = new HashMap<>();
    bytes = 0;
  }

  private static boolean isLinked(Placement placement) {
    return placement.event().change() instanceof Change.PutFile put && put.link().isPresent();
  }

  private void commitSettled() {
    journal.commit(unsettled);
    unsettled = new JournalUpdate();
  }

  private void record(Placement placement, Placement.Result result) throws ErrnoException {
    Event event = placement.event();
    String path = placement.path();
    if (result instanceof Placement.Placed done) {
      placed++;
      placedBytes += event.change() instanceof Change.PutFile put ? put.size() : 0;
      update.index(
          new IndexEntry(path, event.position(), State.after(event.change()), done.signature()));
      update.caughtUp(path, event.position());
      update.count(Counter.KEPT_DIRECTORIES, done.kept() ? 1 : 0);
    } else if (result instanceof Placement.Deferred deferred) {
      if (severalNames.containsKey(path) && !isSecondLook) {
        again.add(severalNames.get(path));
      } else {
        defer(placement, deferred.reason());
      }
    } else if (result instanceof Placement.NotLinked notLinked) {
      pass(event, Unapplied.Cause.DEFERRED, notLinked.reason());
    } else if (result instanceof Placement.Occupied) {
      pass(event, Unapplied.Cause.PARKED, Placement.Occupied.REASON);
    } else if (result instanceof Placement.Failed failed) {
      pass(event, Unapplied.Cause.PARKED, failed.reason());
    }
  }

  /**
   * Has apply bring the log's version later, as the file is open for writing, say. What stands here
   * as it was compared, and set aside if need be, is known, and no change of this host's; what
   * somebody makes of it is.
   */
  private void defer(Placement placement, String reason) throws ErrnoException {
    Event event = placement.event();
    String path = placement.path();
    pass(event, Unapplied.Cause.DEFERRED, reason);
    dirty.mark(path, false, false);
    Optional<Stat> found = disk.look(path);
    if (found.isPresent() && placement.expected().holds(found)) {
      Signature signature = Signature.of(found.get(), clock.instant());
      Optional<State> there = Aftermath.state(disk, path, found.get());
      if (there.isPresent() && disk.look(path).filter(signature::matches).isPresent()) {
        State known = there.get().linked(State.after(event.change()).link());
        update.index(new IndexEntry(path, 0, known, Optional.of(signature)));
      }
    }
  }

  /**
   * Removes deleted directories when they are empty by now, and sets the times of the others, which
   * what was put in them has changed; the deepest first.
   */
  private void finishDirectories(FarmLog log) throws QueueException, ErrnoException {
    while (!buried.isEmpty()) {
      Event event = buried.pop();
      place(event, disk.look(event.change().path()), false);
    }
    flush(log);
    while (!directories.isEmpty()) {
      Change.PutDirectory put = directories.pop();
      if (disk.look(put.path()).filter(Stat::isDirectory).isPresent()) {
        disk.dress(put.path(), put.metadata());
      }
    }
  }
}
