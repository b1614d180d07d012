package io.trifold.replica;

import io.trifold.posix.ErrnoException;
import io.trifold.queue.Event;
import io.trifold.queue.FarmLog;
import io.trifold.queue.Head;
import io.trifold.queue.PathState;
import io.trifold.queue.QueueException;
import io.trifold.replica.Journal.Standing;
import io.trifold.rules.RuleState;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a host in step with a log that has lost its tail, and goes on as another epoch: path by
 * path, by what the log says now, what was last in sync, and what stands on the disk. What the log
 * has lost, this host puts into it again as its own, if no other host has a newer version of it;
 * what the log has that this host has not is applied. Nothing is deleted that the log does not
 * delete, or that was not deleted here.
 *
 * <p>It touches the journal alone: capture and apply do the rest. Nobody else may be at work on
 * these meanwhile. After a crash it is done again from the beginning; what is to be put back by
 * then is put back.
 */
final class Reconciliation {
  private static final Logger LOG = LoggerFactory.getLogger(Reconciliation.class);
  private static final int PAGE = 500;

  private final RuleState rules;
  private final Journal journal;
  private final DirtySet dirty;
  private final MarkWriter marks;
  private final InstantSource clock;

  private final Set<String> met = new HashSet<>();
  private JournalUpdate update = new JournalUpdate();

  /** What capture is to look at when this page is in the journal. */
  private final List<String> marked = new ArrayList<>();

  private final Map<String, Lost> lost = new HashMap<>();
  private FarmLog log;
  private Head head;
  private long began;
  private long again;
  private long newer;

  Reconciliation(
      RuleState rules, Journal journal, DirtySet dirty, MarkWriter marks, InstantSource clock) {
    this.rules = rules;
    this.journal = journal;
    this.dirty = dirty;
    this.marks = marks;
    this.clock = clock;
  }

  /**
   * A version that the log had, and has no longer.
   *
   * @param known what was last in sync
   * @param state what the log says now; empty if it says nothing
   */
  private record Lost(IndexEntry known, Optional<PathState> state) {
    LostVersion version() {
      return new LostVersion(known.path(), known.version(), known.state().contentKey());
    }

    boolean isAsLogged() {
      return state.filter(s -> State.after(s.event().change()).equals(known.state())).isPresent();
    }
  }

  /**
   * Does it.
   *
   * @return where the host stands now
   */
  Standing run(FarmLog from) throws QueueException, ErrnoException {
    log = from;
    head = log.head();
    began = log.recovery().began();
    compareLogged();
    compareUnlogged();
    compareDeleted();
    Optional<Event> last =
        head.position() >= Math.max(1, head.oldest())
            ? log.read(head.position() - 1, 1).stream().findFirst()
            : Optional.empty();
    Standing standing =
        new Standing(Optional.of(head.epoch()), head.position(), last.map(Event::id), true);
    // From here on it is not done again after a crash.
    marks.writeGroup();
    journal.commit(new JournalUpdate().standing(standing));
    LOG.warn(
        "reconciled with the log as it is now, at position {}: {} paths that it had lost are put"
            + " into it again, {} paths are newer there",
        head.position(),
        again,
        newer);
    return standing;
  }

  private void compareLogged() throws QueueException {
    String after = "";
    List<PathState> page;
    do {
      page = log.states(after, PAGE);
      for (PathState state : page) {
        after = state.path();
        met.add(after);
        meet(state);
      }
      flush();
    } while (page.size() == PAGE);
  }

  private void meet(PathState state) throws QueueException {
    String path = state.path();
    State logged = State.after(state.event().change());
    Optional<LostVersion> before = journal.lost(path);
    if (before.isPresent()) {
      rebase(before.get(), Optional.of(state));
      return;
    }
    Optional<IndexEntry> known = journal.entry(path);
    boolean travels = PathNames.valid(path) && logged.kind().travels(PathNames.rules(rules, path));
    if (known.isEmpty()) {
      if (travels && logged.exists()) {
        newer++;
        unapplied(state, Unapplied.Cause.REINSTATED, "from before the log was restored");
      } else if (!travels) {
        unapplied(state, Unapplied.Cause.UNBOUND, "not propagated by this host's rules");
      }
      return;
    }
    IndexEntry entry = known.get();
    boolean same = entry.state().equals(logged);
    if (!(same && entry.version() == state.version()) && isLost(entry)) {
      // Also what is the same: other hosts may have something that came between.
      lost.put(path, new Lost(entry, Optional.of(state)));
    } else if (same) {
      agree(entry, state);
    } else if (entry.version() < state.version()) {
      newer++;
      unapplied(
          state,
          travels ? Unapplied.Cause.REINSTATED : Unapplied.Cause.UNBOUND,
          travels ? "newer than what is here" : "not propagated by this host's rules");
    }
  }

  private void agree(IndexEntry entry, PathState state) {
    String path = entry.path();
    update.index(new IndexEntry(path, state.version(), entry.state(), entry.signature()));
    update.caughtUp(path, Math.max(state.version(), entry.version()));
  }

  /** Whether what was last in sync is of an event that the log does not have any more. */
  private boolean isLost(IndexEntry entry) throws QueueException {
    long version = entry.version();
    if (version > head.position()) {
      return true;
    }
    if (version == 0 || version < head.oldest()) {
      return false;
    }
    return log.read(version - 1, 1).stream()
        .noneMatch(
            event ->
                event.change().path().equals(entry.path())
                    && State.after(event.change()).equals(entry.state()));
  }

  private void unapplied(PathState state, Unapplied.Cause cause, String reason) {
    update.unapplied(
        new Unapplied(state.path(), state.version(), cause, reason, clock.instant(), 1));
  }

  private void compareUnlogged() throws QueueException {
    String after = "";
    List<IndexEntry> page;
    do {
      page = journal.below("", after, PAGE);
      for (IndexEntry entry : page) {
        after = entry.path();
        meetUnlogged(entry);
      }
      flush();
    } while (page.size() == PAGE);
  }

  private void meetUnlogged(IndexEntry entry) throws QueueException {
    if (met.contains(entry.path())) {
      return;
    }
    Optional<LostVersion> before = journal.lost(entry.path());
    if (before.isPresent()) {
      met.add(entry.path());
      rebase(before.get(), Optional.empty());
    } else if (isLost(entry)) {
      met.add(entry.path());
      lost.put(entry.path(), new Lost(entry, Optional.empty()));
    }
  }

  /**
   * Deletes that the log has lost together with what was deleted: another host may have something
   * older there. Their positions may be given to other events by now, and would hide those.
   */
  private void compareDeleted() throws QueueException {
    String after = "";
    List<IndexEntry> page;
    do {
      page = journal.tombstones(after, PAGE);
      for (IndexEntry entry : page) {
        after = entry.path();
        meetUnlogged(entry);
      }
      flush();
    } while (page.size() == PAGE);
  }

  /** Settles who puts the lost versions into the log again, and makes this page durable. */
  private void flush() throws QueueException {
    if (!lost.isEmpty()) {
      Map<String, Long> versions = new HashMap<>();
      lost.forEach((path, its) -> versions.put(path, its.known().version()));
      Set<String> ours = log.recovery().claim(versions);
      for (Lost its : lost.values()) {
        if (ours.contains(its.known().path())) {
          rebase(its.version(), its.state());
        } else {
          leave(its);
        }
      }
    }
    journal.commit(update);
    marked.forEach(path -> dirty.mark(path, false, false));
    marked.clear();
    update = new JournalUpdate();
    lost.clear();
  }

  /**
   * What the log says now counts as what was last in sync, so that capture finds what stands here
   * to be a change of it. It was not based on what was appended since the log was restored.
   */
  private void rebase(LostVersion its, Optional<PathState> state) {
    again++;
    String path = its.path();
    State logged = state.map(s -> State.after(s.event().change())).orElse(State.ABSENT);
    long version = state.map(PathState::version).orElse(0L);
    update.index(new IndexEntry(path, version > began ? 0 : version, logged, Optional.empty()));
    update.lost(its);
    update.caughtUp(path, Long.MAX_VALUE);
    marked.add(path);
  }

  /**
   * Another host has a newer version, or has put back this one: it comes as any event does, and
   * meets what may have been changed here since.
   */
  private void leave(Lost its) {
    newer++;
    IndexEntry known = its.known();
    if (its.isAsLogged()) {
      agree(known, its.state().get());
    } else {
      update.index(new IndexEntry(known.path(), 0, known.state(), known.signature()));
      its.state()
          .ifPresentOrElse(
              state ->
                  unapplied(state, Unapplied.Cause.REINSTATED, "another host has a newer version"),
              () -> update.caughtUp(known.path(), Long.MAX_VALUE));
    }
    update.lost(its.version());
  }
}
