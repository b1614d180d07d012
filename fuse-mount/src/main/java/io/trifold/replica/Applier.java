package io.trifold.replica;

import io.trifold.posix.ErrnoException;
import io.trifold.posix.Stat;
import io.trifold.queue.Change;
import io.trifold.queue.Event;
import io.trifold.queue.EventPage;
import io.trifold.queue.FarmLog;
import io.trifold.queue.PathState;
import io.trifold.queue.Provenance;
import io.trifold.queue.QueueException;
import io.trifold.queue.Verdict;
import io.trifold.replica.Journal.Counter;
import io.trifold.replica.Journal.Standing;
import io.trifold.rules.RuleState;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the log behind the host's position and brings it to the disk. Of one thread.
 *
 * <p>The position moves, in one transaction with the index, after what it passes is durable on the
 * disk, or durably recorded as unapplied. What is unapplied is met again, and then the log's
 * current word on the path counts, not the event that was passed.
 */
final class Applier {
  private static final Logger LOG = LoggerFactory.getLogger(Applier.class);
  private static final int READ_EVENTS = 500;
  private static final int GROUP_EVENTS = 200;
  private static final long GROUP_BYTES = 64L << 20;
  private static final Duration FIRST_RETRY = Duration.ofMillis(250);
  private static final Duration LONGEST_RETRY = Duration.ofMinutes(1);

  private final Disk disk;
  private final RuleState rules;
  private final Journal journal;
  private final DirtySet dirty;
  private final Placer placer;
  private final Tally tally;
  private final TooLarge tooLarge;
  private final InstantSource clock;
  private final Verdicts verdicts;
  private final Map<String, Instant> retryAt = new HashMap<>();
  private volatile Standing standing;
  private Optional<Fetches> aside = Optional.empty();
  private AfterApply afterApply = paths -> {};
  private Consumer<Offer> offers = offer -> {};

  /** When directories were asked for in the place of files. */
  private final Map<String, Instant> asked = new HashMap<>();

  private volatile Reached reached;

  Applier(
      Disk disk,
      RuleState rules,
      Journal journal,
      DirtySet dirty,
      Placer placer,
      Tally tally,
      TooLarge tooLarge,
      InstantSource clock) {
    this.disk = disk;
    this.rules = rules;
    this.journal = journal;
    this.dirty = dirty;
    this.placer = placer;
    this.tally = tally;
    this.tooLarge = tooLarge;
    this.clock = clock;
    this.verdicts = new Verdicts(journal, clock);
    this.standing = journal.standing();
    survey();
  }

  Standing standing() {
    return standing;
  }

  void afterApply(AfterApply next) {
    afterApply = next;
  }

  /** Has something appended that no caller did. To be called before the first step. */
  void offers(Consumer<Offer> next) {
    offers = next;
  }

  /** The join is done: the position is this from now on. */
  void stand(Standing now) {
    standing = now;
    survey();
  }

  /** The content of large files is fetched this way from now on. */
  void aside(Fetches fetches) {
    aside = Optional.of(fetches);
  }

  /**
   * Recognises what was placed by a process that was killed before it could record that: a change
   * of this host's it is not. To be called before anything else looks at the disk.
   */
  void recover() throws ErrnoException {
    List<IndexEntry> placing = journal.placing();
    if (placing.isEmpty()) {
      return;
    }
    JournalUpdate update = new JournalUpdate().placed();
    List<String> placed = new ArrayList<>();
    for (IndexEntry noted : placing) {
      String path = noted.path();
      Optional<IndexEntry> entry = journal.entry(path);
      long known = entry.map(IndexEntry::version).orElse(0L);
      if (known >= noted.version()) {
        continue;
      }
      if (placer.isPlaced(noted)) {
        // What somebody made of it since, capture finds.
        update.recognised(path, noted.version(), noted.state());
        placed.add(path);
      } else if (entry.isPresent() && placer.hasMadeRoom(entry.get(), noted)) {
        update.index(new IndexEntry(path, known, State.ABSENT, Optional.empty()));
      }
    }
    if (!placed.isEmpty()) {
      LOG.info(
          "{} paths were placed before the last process ended, and are recorded", placed.size());
      placer.settle(placed);
      afterApply.applied(placed);
    }
    journal.commit(update);
  }

  /** How far the disk is as the log says, as of the last {@link #survey}. */
  Reached reached() {
    return reached;
  }

  /**
   * Looks what is unapplied at this position.
   *
   * @return whether something waits to be tried again
   */
  boolean survey() {
    List<Unapplied> waiting = journal.waiting();
    reached = Reached.of(standing.position(), waiting);
    aside.ifPresent(
        fetches ->
            fetches.retain(waiting.stream().map(Unapplied::path).collect(Collectors.toSet())));
    return !waiting.isEmpty();
  }

  /** One group of events, or of paths, that is worked on together. */
  private static final class Group {
    final List<Placement> placements = new ArrayList<>();
    final JournalUpdate update = new JournalUpdate();
    final Set<String> claimed = new HashSet<>();
    final List<String> suspects = new ArrayList<>();

    /** What stands here now, as an event of the log has it. */
    final List<String> applied = new ArrayList<>();

    Optional<UUID> changeSet = Optional.empty();
    long bytes;
  }

  /**
   * Reads on and applies what was read.
   *
   * @return what was read
   */
  EventPage step(FarmLog log) throws QueueException, ErrnoException {
    EventPage page = readWholeSets(log);
    tally.head(page.head());
    List<Event> events = page.events();
    Map<Long, List<Event>> superseded = superseded(events);
    Set<Long> passedOver = new HashSet<>();
    superseded.values().forEach(each -> each.forEach(event -> passedOver.add(event.position())));
    int next = 0;
    while (next < events.size()) {
      Group group = new Group();
      try {
        int first = next;
        while (next < events.size() && fits(group, events.get(next), next - first)) {
          Event event = events.get(next++);
          group.changeSet = event.provenance().part().map(Provenance.Part::changeSet);
          if (!passedOver.contains(event.position())) {
            take(event, superseded.getOrDefault(event.position(), List.of()), group);
          }
        }
        Event last = events.get(next - 1);
        Standing after =
            new Standing(
                standing.epoch(), last.position(), Optional.of(last.id()), standing.joined());
        group.update.standing(after);
        finish(log, group);
        standing = after;
        tally.applied();
      } finally {
        dirty.release(group.claimed);
      }
      group.suspects.forEach(path -> dirty.mark(path, false, false));
    }
    return page;
  }

  /**
   * Applies events without moving the position: each is the latest of its path, whatever came
   * before it. What the index has in this version or a later one is passed over.
   */
  void bring(FarmLog log, List<Event> latest) throws QueueException, ErrnoException {
    int next = 0;
    while (next < latest.size()) {
      Group group = new Group();
      try {
        int first = next;
        while (next < latest.size() && fits(group, latest.get(next), next - first)) {
          take(latest.get(next++), List.of(), group);
        }
        finish(log, group);
        tally.applied();
      } finally {
        dirty.release(group.claimed);
      }
      group.suspects.forEach(path -> dirty.mark(path, false, false));
    }
  }

  /** A change set is applied whole: so its events are read on to the last. */
  private EventPage readWholeSets(FarmLog log) throws QueueException {
    EventPage page = log.page(standing.position(), READ_EVENTS);
    List<Event> events = new ArrayList<>(page.events());
    while (goesOn(events) && !page.isLast()) {
      page = log.page(page.end(), READ_EVENTS);
      events.addAll(page.events());
    }
    return new EventPage(events, page.end(), page.head());
  }

  private static boolean goesOn(List<Event> events) {
    if (events.isEmpty()) {
      return false;
    }
    Provenance last = events.get(events.size() - 1).provenance();
    return last.part().filter(part -> !part.isLast()).isPresent();
  }

  /**
   * Versions of a file that a later event of the same reading replaces anyway, by the later event's
   * position: the latest of them may have been placed before a crash.
   */
  private Map<Long, List<Event>> superseded(List<Event> events) {
    Map<String, Event> later = new HashMap<>();
    Map<Long, List<Event>> result = new HashMap<>();
    for (int i = events.size() - 1; i >= 0; i--) {
      Event event = events.get(i);
      if (!event.counts() || event.provenance().part().isPresent()) {
        continue;
      }
      String path = event.change().path();
      Event next = later.put(path, event);
      if (next != null
          && event.change() instanceof Change.PutFile
          && next.change() instanceof Change.PutFile
          && !isOwn(event)
          && !isOwn(next)) {
        // All of them stand for the one that is applied.
        later.put(path, next);
        result.computeIfAbsent(next.position(), p -> new ArrayList<>()).add(event);
      }
    }
    return result;
  }

  private boolean isOwn(Event event) {
    return event.incarnation().equals(journal.incarnation());
  }

  private static boolean fits(Group group, Event event, int count) {
    Optional<UUID> changeSet = event.provenance().part().map(Provenance.Part::changeSet);
    if (count > 0 && (group.changeSet.isPresent() || changeSet.isPresent())) {
      return group.changeSet.equals(changeSet);
    }
    return count == 0
        || (count < GROUP_EVENTS
            && group.bytes < GROUP_BYTES
            && !group.claimed.contains(event.change().path()));
  }

  private Optional<IndexEntry> known(String path) {
    return journal.entry(path);
  }

  private void take(Event event, List<Event> superseded, Group group) throws ErrnoException {
    String offered = event.offered();
    if (event.verdict() != Verdict.STANDS && isOwn(event) && !dirty.isTaken(offered)) {
      verdicts.meet(event, group.update);
    }
    if (!event.counts()) {
      return;
    }
    String path = event.change().path();
    if (known(path).filter(entry -> entry.version() >= event.position()).isPresent()) {
      if (isOwn(event)) {
        group.applied.add(path);
      }
      return;
    }
    boolean claimed = claim(path, group);
    // Read after the claim: capture may have been at work on the path until then.
    Optional<IndexEntry> known = known(path);
    ApplyDecision decision = ApplyDecision.of(event, journal.incarnation(), known, rules, claimed);
    if (decision instanceof ApplyDecision.Place) {
      if (event.provenance().part().isEmpty() && isCopiedFrom(event, known)) {
        pass(event, Unapplied.Cause.DEFERRED, "its content is copied to another name", group);
        return;
      }
      Placement placement = plan(event, superseded, known);
      // What is large of a change set is waited for: all of it is switched to at once.
      if (event.provenance().part().isEmpty() && isFetchedAside(placement)) {
        pass(event, Unapplied.Cause.FETCHED, "its content is being fetched", group);
        return;
      }
      group.placements.add(placement);
      group.bytes += event.change() instanceof Change.PutFile put ? put.size() : 0;
    } else if (decision instanceof ApplyDecision.Recognise) {
      recognise(event, group);
    } else if (isOnItsWay(event) && isToBePlaced(event)) {
      LOG.debug("position {}: {} waits to be placed", event.position(), path);
    } else if (decision instanceof ApplyDecision.Pass && !claimed && isOnItsWay(event)) {
      group.applied.add(path);
      // Capture may note it, and what stands there, before this is committed: that word counts.
      group.update.indexIfNewer(
          new IndexEntry(path, event.position(), State.after(event.change()), Optional.empty()));
      group.update.caughtUp(path, event.position());
    } else if (decision instanceof ApplyDecision.Pass pass) {
      pass(event, pass.cause(), pass.reason(), group);
    }
  }

  /**
   * Whether what it deletes is being fetched under another name: what is here of it need not travel
   * again.
   */
  private boolean isCopiedFrom(Event event, Optional<IndexEntry> known) {
    return event.change() instanceof Change.Delete
        && known
            .flatMap(entry -> entry.state().digest())
            .filter(digest -> aside.isPresent() && aside.get().isOnItsWay(digest))
            .isPresent();
  }

  /** Whether its content is still to come; asks for it. */
  private boolean isFetchedAside(Placement placement) {
    if (aside.isEmpty()
        || placement.dressOnly()
        || !Fetches.isLarge(placement.event().change())
        || !(placement.event().change() instanceof Change.PutFile file)
        || aside.get().isHere(file)) {
      return false;
    }
    aside.get().want(file);
    return true;
  }

  /**
   * Whether capture, which has the path, is about to note this event of its own. Should a crash
   * keep it from that, the index must know all the same, or the change would be sent a second time,
   * after what others have made of it since. What did not come from this disk is no such event.
   */
  private boolean isOnItsWay(Event event) {
    return isOwn(event) && event.standsAtProducer();
  }

  /**
   * Whether the disk has lost this host's own change, and a record has the log's version placed.
   */
  private boolean isToBePlaced(Event event) {
    return journal
        .unapplied(event.change().path())
        .filter(row -> row.cause() == Unapplied.Cause.REINSTATED)
        .filter(row -> row.position() >= event.position())
        .isPresent();
  }

  private Placement plan(Event event, List<Event> superseded, Optional<IndexEntry> known)
      throws ErrnoException {
    State after = State.after(event.change());
    boolean sameContent = known.filter(entry -> entry.state().sameContent(after)).isPresent();
    Optional<Stat> found = disk.look(event.change().path());
    boolean asKnown = known.map(entry -> entry.matches(found)).orElse(found.isEmpty());
    if (!asKnown && found.isPresent()) {
      boolean stands = standsAlready(event.change(), found.get());
      if (stands || superseded.stream().anyMatch(e -> standsAlready(e.change(), found.get()))) {
        Signature there = Signature.of(found.get(), clock.instant());
        return new Placement(
            event, now -> now.filter(there::matches).isPresent(), stands && after.exists());
      }
    }
    return new Placement(
        event,
        now ->
            known.map(entry -> entry.matches(now)).orElse(now.isEmpty())
                || (known.map(entry -> !entry.state().exists()).orElse(true)
                    && event.change() instanceof Change.PutDirectory
                    && now.get().isDirectory()),
        sameContent && after.exists() && found.isPresent());
  }

  /**
   * Whether the disk is ahead of the index, with just what the event says: it was placed before a
   * crash, or the same was done on two hosts. Such a content is no local change, also where a newer
   * version is applied: sent back, it would take that one back.
   */
  private boolean standsAlready(Change change, Stat found) {
    try {
      if (change instanceof Change.PutSymlink put) {
        return found.isSymlink() && disk.readlink(put.path()).equals(put.target());
      }
      return change instanceof Change.PutFile put
          && found.isRegular()
          && found.size() == put.size()
          && FileContent.read(disk, put.path())
              .filter(content -> content.digest().equals(put.digest()))
              .isPresent();
    } catch (ErrnoException e) {
      LOG.debug("{} cannot be compared: {}", change.path(), e.getMessage());
      return false;
    }
  }

  /** What stands on disk is not known: capture looks. */
  private void recognise(Event event, Group group) {
    String path = event.change().path();
    if (!isToBePlaced(event)) {
      group.applied.add(path);
      group.update.recognised(path, event.position(), State.after(event.change()));
      group.suspects.add(path);
    }
  }

  private void pass(Event event, Unapplied.Cause cause, String reason, Group group) {
    String path = event.change().path();
    Unapplied row = new Unapplied(path, event.position(), cause, reason, clock.instant(), 1);
    Optional<Unapplied> earlier = group.update.unapplied(path).or(() -> journal.unapplied(path));
    group.update.unapplied(earlier.map(row::again).orElse(row));
    switch (cause) {
      case UNBOUND, REFUSED -> {
        group.update.count(Counter.REJECTED, 1);
        LOG.warn("position {}: {} is not applied: {}", event.position(), path, reason);
      }
      case PARKED -> {
        tally.failed(path + ": " + reason);
        LOG.warn("position {}: {} is parked: {}", event.position(), path, reason);
      }
      case DEFERRED, FETCHED, OVERRULED, REINSTATED ->
          LOG.debug("position {}: {} waits: {}", event.position(), path, reason);
    }
  }

  /** Places what the group holds, and commits all of it. */
  private void finish(FarmLog log, Group group) throws QueueException, ErrnoException {
    if (!group.placements.isEmpty()) {
      group.update.placed();
      LinkedFiles links =
          new LinkedFiles(
              disk, journal, path -> claim(path, group), placer::isOpenForWriting, clock);
      placer
          .place(log, group.placements, links, journal::notePlacing)
          .forEach((done, result) -> record(done, result, group));
      links.refreshed().forEach(group.update::index);
      group.suspects.addAll(links.suspects());
    }
    // Before the position moves: after a crash it is told again.
    if (!group.applied.isEmpty()) {
      afterApply.applied(List.copyOf(group.applied));
    }
    journal.commit(group.update);
  }

  private boolean claim(String path, Group group) {
    if (group.claimed.contains(path)) {
      return true;
    }
    boolean claimed = dirty.claim(path);
    if (claimed) {
      group.claimed.add(path);
    }
    return claimed;
  }

  private void record(Placement placement, Placement.Result result, Group group) {
    String path = placement.path();
    Event event = placement.event();
    if (result instanceof Placement.Placed placed) {
      Below below = placed.kept() ? below(path, group) : Below.NOTHING;
      if (below == Below.WAITING || below == Below.PARKED) {
        pass(event, below.cause(), "what is in it comes first", group);
        return;
      }
      boolean inUse = below == Below.IN_USE;
      group.applied.add(path);
      Optional<Signature> signature = inUse ? Optional.empty() : placed.signature();
      group.update.index(
          new IndexEntry(path, event.position(), State.after(event.change()), signature));
      group.update.caughtUp(path, event.position());
      group.update.count(Counter.KEPT_DIRECTORIES, placed.kept() && !inUse ? 1 : 0);
      retryAt.remove(path);
      // Directories that the log lacks though what is in them travels: they are put again.
      group.suspects.addAll(placed.parents());
      if (inUse) {
        group.suspects.add(path);
      }
      if (event.change() instanceof Change.PutDirectory) {
        retryAt.keySet().removeIf(each -> PathNames.isBelow(each, path));
      }
    } else if (result instanceof Placement.Deferred deferred) {
      pass(event, Unapplied.Cause.DEFERRED, deferred.reason(), group);
      group.suspects.add(path);
    } else if (result instanceof Placement.NotLinked notLinked) {
      pass(event, Unapplied.Cause.DEFERRED, notLinked.reason(), group);
    } else if (result instanceof Placement.Occupied && below(path, group) == Below.WAITING) {
      pass(event, Unapplied.Cause.DEFERRED, "what is in the directory here comes first", group);
    } else if (result instanceof Placement.Occupied && below(path, group) == Below.IN_USE) {
      // Put by a host that did not know what is in the directory: that comes back, by a new put of
      // the directory, which capture makes when it finds one where the index has something else.
      LOG.info("{} stays a directory, for what others put in it", path);
      group.update.recognised(path, event.position(), State.after(event.change()));
      group.suspects.add(path);
    } else if (result instanceof Placement.Occupied) {
      pass(event, Unapplied.Cause.PARKED, Placement.Occupied.REASON, group);
    } else if (result instanceof Placement.Failed failed) {
      pass(event, Unapplied.Cause.PARKED, failed.reason(), group);
    }
  }

  /** What the index has below a directory that the log has not. */
  private enum Below {
    NOTHING,
    /** Only what the log has a later word on, too, which was not brought to the disk yet. */
    WAITING,
    /** The same, and of some of it that failed. */
    PARKED,
    /** What the log still has, as far as is known here. */
    IN_USE;

    Unapplied.Cause cause() {
      return this == PARKED ? Unapplied.Cause.PARKED : Unapplied.Cause.DEFERRED;
    }
  }

  private Below below(String directory, Group group) {
    boolean put =
        Stream.concat(group.update.entries().stream(), group.update.entriesIfNewer().stream())
            .anyMatch(
                entry -> entry.state().exists() && PathNames.isBelow(entry.path(), directory));
    if (put) {
      return Below.IN_USE;
    }
    Below below = Below.NOTHING;
    String after = "";
    List<IndexEntry> page;
    do {
      page = journal.below(directory, after, GROUP_EVENTS);
      for (IndexEntry entry : page) {
        after = entry.path();
        if (group.update.entry(after).isEmpty()) {
          below = worse(below, below(entry, group));
        }
        if (below == Below.IN_USE) {
          return below;
        }
      }
    } while (page.size() == GROUP_EVENTS);
    return below;
  }

  private Below below(IndexEntry entry, Group group) {
    Optional<Unapplied> later =
        group
            .update
            .unapplied(entry.path())
            .or(() -> journal.unapplied(entry.path()))
            .filter(row -> row.position() > entry.version());
    if (later.isEmpty()) {
      return Below.IN_USE;
    }
    return switch (later.get().cause()) {
      case DEFERRED, FETCHED, OVERRULED, REINSTATED -> Below.WAITING;
      case PARKED -> Below.PARKED;
      case UNBOUND, REFUSED -> Below.NOTHING;
    };
  }

  private static Below worse(Below one, Below other) {
    return one.compareTo(other) >= 0 ? one : other;
  }

  /**
   * Brings paths with unapplied events up to date, where nothing is in the way any more: what the
   * log says of the path now.
   *
   * @return whether anything was brought up to date
   */
  boolean retry(FarmLog log) throws QueueException, ErrnoException {
    boolean progress = false;
    for (Unapplied row : journal.waiting()) {
      if (isDue(row)) {
        progress |= retry(log, row);
      }
    }
    return progress;
  }

  /** What was deferred is due when the local change is done with; what failed, after a while. */
  private boolean isDue(Unapplied row) {
    String path = row.path();
    if (dirty.isDirty(path)
        || placer.isOpenForWriting(path)
        || tooLarge.contains(path)
        || aside.filter(fetches -> fetches.isOnItsWay(path)).isPresent()) {
      return false;
    }
    if (row.cause() != Unapplied.Cause.PARKED) {
      return true;
    }
    Instant now = clock.instant();
    if (retryAt.getOrDefault(path, Instant.MIN).isAfter(now)) {
      return false;
    }
    Duration wait = FIRST_RETRY.multipliedBy(1L << Math.min(row.attempts(), 12));
    retryAt.put(path, now.plus(wait.compareTo(LONGEST_RETRY) < 0 ? wait : LONGEST_RETRY));
    return true;
  }

  private boolean retry(FarmLog log, Unapplied row) throws QueueException, ErrnoException {
    String path = row.path();
    Optional<PathState> state = log.state(path);
    if (state.filter(latest -> latest.version() > standing.position()).isPresent()) {
      // It comes in its turn, after what it may build upon.
      return false;
    }
    Group group = new Group();
    if (!dirty.claim(path)) {
      return false;
    }
    group.claimed.add(path);
    try {
      Optional<IndexEntry> known = known(path);
      long version = known.map(IndexEntry::version).orElse(0L);
      if (state.isEmpty() || version >= state.get().version()) {
        group.update.caughtUp(path, Math.max(version, row.position()));
        retryAt.remove(path);
      } else if (isOwn(state.get().event())
          && state.get().event().standsAtProducer()
          && row.cause() != Unapplied.Cause.REINSTATED) {
        recognise(state.get().event(), group);
      } else if (row.cause() == Unapplied.Cause.REINSTATED && awaitsDirectory(path)) {
        return false;
      } else if (isCopiedFrom(state.get().event(), known)) {
        return false;
      } else {
        Placement placement = plan(state.get().event(), List.of(), known);
        if (isFetchedAside(placement)) {
          return false;
        }
        group.placements.add(placement);
      }
      finish(log, group);
    } finally {
      dirty.release(group.claimed);
    }
    group.suspects.forEach(suspect -> dirty.mark(suspect, false, false));
    return group.update.unapplied(path).isEmpty();
  }

  /**
   * Whether the log has a file where a directory of the path would have to be. A directory holds
   * its name: who has what is in it puts it again. Where a loss of power left nobody who has, it is
   * asked for here.
   */
  private boolean awaitsDirectory(String path) throws ErrnoException {
    Optional<IndexEntry> nearest = Optional.empty();
    String above = PathNames.parent(path);
    for (; !above.isEmpty() && nearest.isEmpty(); above = PathNames.parent(above)) {
      nearest = known(above).filter(entry -> entry.state().exists());
    }
    Optional<IndexEntry> file =
        nearest
            .filter(entry -> entry.state().kind() != Kind.DIRECTORY)
            .filter(entry -> journal.unapplied(entry.path()).isEmpty())
            .filter(entry -> !dirty.isDirty(entry.path()));
    if (file.isPresent()) {
      askForDirectory(file.get());
    }
    return file.isPresent();
  }

  private void askForDirectory(IndexEntry file) throws ErrnoException {
    String path = file.path();
    Optional<Stat> above = disk.look(PathNames.parent(path));
    Instant now = clock.instant();
    if (above.isPresent()
        && asked.getOrDefault(path, Instant.MIN).plus(LONGEST_RETRY).isBefore(now)) {
      asked.put(path, now);
      LOG.warn("{} becomes a directory again, for what the log has in it", path);
      offers.accept(
          new Offer(new Change.PutDirectory(path, disk.metadata(above.get())), file.version()));
    }
  }
}
