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
 * these meanwhile. After a crash it is done again from the beginning, and passes over what was
 * done.
 */
final class Reconciliation {
  private static final Logger LOG = LoggerFactory.getLogger(Reconciliation.class);
  private static final int PAGE = 500;

  private final RuleState rules;
  private final Journal journal;
  private final DirtySet dirty;
  private final InstantSource clock;

  private final Set<String> met = new HashSet<>();
  private JournalUpdate update = new JournalUpdate();
  private final Map<String, Lost> lost = new HashMap<>();
  private FarmLog log;
  private Head head;
  private long began;
  private long again;
  private long newer;

  Reconciliation(RuleState rules, Journal journal, DirtySet dirty, InstantSource clock) {
    this.rules = rules;
    this.journal = journal;
    this.dirty = dirty;
    this.clock = clock;
  }

  /**
   * A version that the log had, and has no longer.
   *
   * @param known what was last in sync
   * @param state what the log says now; empty if it says nothing
   */
  private record Lost(IndexEntry known, Optional<PathState> state) {}

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
    forgetDeletes();
    Optional<Event> last =
        head.position() >= Math.max(1, head.oldest())
            ? log.read(head.position() - 1, 1).stream().findFirst()
            : Optional.empty();
    Standing standing =
        new Standing(Optional.of(head.epoch()), head.position(), last.map(Event::id), true);
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
    if (entry.state().equals(logged)) {
      update.index(new IndexEntry(path, state.version(), logged, entry.signature()));
      update.caughtUp(path, Math.max(state.version(), entry.version()));
    } else if (isLost(entry)) {
      lost.put(path, new Lost(entry, Optional.of(state)));
    } else if (entry.version() < state.version()) {
      newer++;
      unapplied(
          state,
          travels ? Unapplied.Cause.REINSTATED : Unapplied.Cause.UNBOUND,
          travels ? "newer than what is here" : "not propagated by this host's rules");
    }
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
        if (!met.contains(after) && isLost(entry)) {
          lost.put(after, new Lost(entry, Optional.empty()));
        }
      }
      flush();
    } while (page.size() == PAGE);
  }

  /**
   * Deletes that the log has lost together with what was deleted. There is nothing to put into it
   * again; but their positions may be given to other events, and would hide those.
   */
  private void forgetDeletes() throws QueueException {
    String after = "";
    List<IndexEntry> page;
    do {
      page = journal.tombstones(after, PAGE);
      for (IndexEntry entry : page) {
        after = entry.path();
        if (!met.contains(after) && isLost(entry)) {
          update.index(new IndexEntry(after, 0, State.ABSENT, entry.signature()));
        }
      }
      flush();
    } while (page.size() == PAGE);
  }

  /** Settles who puts the lost versions into the log again, and makes this page durable. */
  private void flush() throws QueueException {
    List<String> marked = new ArrayList<>();
    if (!lost.isEmpty()) {
      Map<String, Long> versions = new HashMap<>();
      lost.forEach((path, its) -> versions.put(path, its.known().version()));
      Map<String, Integer> won = log.recovery().claim(versions);
      for (Lost its : lost.values()) {
        if (isOurs(its, won.getOrDefault(its.known().path(), 0))) {
          rebase(its);
          marked.add(its.known().path());
        } else {
          leave(its);
        }
      }
    }
    journal.commit(update);
    marked.forEach(path -> dirty.mark(path, false, false));
    update = new JournalUpdate();
    lost.clear();
  }

  /** Who had the same version and was first may have put it back already, or one based on it. */
  private boolean isOurs(Lost its, int offers) {
    boolean putBack = its.state().filter(state -> state.version() > began).isPresent();
    return offers == 1 || (offers > 1 && !putBack);
  }

  /**
   * What the log says now counts as what was last in sync, so that capture finds what stands here
   * to be a change of it. It was not based on what was appended since the log was restored.
   */
  private void rebase(Lost its) {
    again++;
    String path = its.known().path();
    State logged = its.state().map(s -> State.after(s.event().change())).orElse(State.ABSENT);
    long version = its.state().map(PathState::version).orElse(0L);
    update.index(new IndexEntry(path, version > began ? 0 : version, logged, Optional.empty()));
    update.caughtUp(path, Long.MAX_VALUE);
  }

  /** Another host has a newer version, which comes as any event does. */
  private void leave(Lost its) {
    newer++;
    IndexEntry known = its.known();
    update.index(new IndexEntry(known.path(), 0, known.state(), known.signature()));
    if (its.state().isPresent()) {
      unapplied(its.state().get(), Unapplied.Cause.REINSTATED, "another host has a newer version");
    } else {
      update.caughtUp(known.path(), Long.MAX_VALUE);
    }
  }
}
