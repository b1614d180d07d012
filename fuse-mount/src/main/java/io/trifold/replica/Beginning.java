package io.trifold.replica;

import io.trifold.posix.ErrnoException;
import io.trifold.queue.FarmLog;
import io.trifold.queue.QueueException;
import io.trifold.rules.RuleState;
import java.time.InstantSource;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What apply does once in each run of the host, before anything is applied or captured: what a
 * crash of the machine has done to the disk, or who set it back, is not taken for a change.
 */
final class Beginning {
  private static final Logger LOG = LoggerFactory.getLogger(Beginning.class);

  private final Disk disk;
  private final RuleState rules;
  private final Journal journal;
  private final DirtySet dirty;
  private final Scan scan;
  private final Hold hold;
  private final Boot boot;
  private final InstantSource clock;
  private final Joining joining;

  private volatile boolean begun;
  private boolean bound;

  /** Makes what it needs of a join's parts. */
  interface Joining {
    Join join() throws ErrnoException;

    Displaced displaced() throws ErrnoException;
  }

  Beginning(
      Disk disk,
      RuleState rules,
      Journal journal,
      DirtySet dirty,
      Scan scan,
      Hold hold,
      Boot boot,
      InstantSource clock,
      Joining joining) {
    this.disk = disk;
    this.rules = rules;
    this.journal = journal;
    this.dirty = dirty;
    this.scan = scan;
    this.hold = hold;
    this.boot = boot;
    this.clock = clock;
    this.joining = joining;
  }

  /**
   * Does what was not done yet.
   *
   * @return false if so much is gone that propagation is held
   */
  boolean run(FarmLog log) throws QueueException, ErrnoException {
    if (!begun && !begins(log)) {
      return false;
    }
    if (!bound) {
      applyNewlyBound(log);
      bound = true;
    }
    return true;
  }

  private boolean begins(FarmLog log) throws QueueException, ErrnoException {
    LastRun last = LastRun.of(journal.boot(), boot.id());
    if (last == LastRun.LOST_POWER) {
      Scan.Missing missing = scan.missing();
      if (!hold.admits(missing)) {
        return false;
      }
      Aftermath aftermath =
          new Aftermath(disk, journal, dirty, log, joining.displaced(), boot.since(), clock);
      LOG.warn(
          "the machine went down while this was mounted: {} paths are brought back as the log has"
              + " them",
          aftermath.run(scan, missing));
    }
    int setBack = new SetBack(disk, rules, journal, log, clock).run(last);
    if (setBack > 0) {
      LOG.warn("the disk is older than what this host has sent: {} paths are brought up", setBack);
    }
    journal.commit(new JournalUpdate().boot(boot.id()));
    begun = true;
    return true;
  }

  /** What was passed because no rule propagated it, and is propagated by today's rules. */
  private void applyNewlyBound(FarmLog log) throws QueueException, ErrnoException {
    Optional<Join> meeting = Optional.empty();
    for (Unapplied row : journal.unbound()) {
      if (!Kind.ABSENT.travels(PathNames.rules(rules, row.path()))) {
        continue;
      }
      var state = log.state(row.path());
      if (state.isPresent()) {
        if (meeting.isEmpty()) {
          meeting = Optional.of(joining.join());
        }
        meeting.get().meet(log, state.get());
      }
    }
    if (meeting.isPresent()) {
      meeting.get().flush(log);
    }
  }

  /** The host ends as it should: the next run is not to think that the machine went down. */
  void ended() {
    if (begun) {
      journal.commit(new JournalUpdate().boot(""));
    }
  }
}
