package io.trifold.replica;

import io.trifold.queue.FarmLog;
import io.trifold.queue.Head;
import io.trifold.queue.Membership;
import io.trifold.queue.QueueException;
import io.trifold.replica.Journal.Standing;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The session with the farm's log: opened as soon as it can be, and again when the log has become
 * another one. {@link #connect} is apply's, and whoever starts the replica; the others take what
 * there is.
 */
final class LogSession {
  private static final Logger LOG = LoggerFactory.getLogger(LogSession.class);

  private final ReplicaSettings settings;
  private final LogSource source;
  private final Journal journal;
  private final Tally tally;
  private final Signals signals;
  private final UUID id = UUID.randomUUID();

  private volatile FarmLog log;
  private volatile boolean reached;
  private volatile long awaySinceNanos = System.nanoTime();
  private volatile boolean restarted;

  LogSession(
      ReplicaSettings settings, LogSource source, Journal journal, Tally tally, Signals signals) {
    this.settings = settings;
    this.source = source;
    this.journal = journal;
    this.tally = tally;
    this.signals = signals;
  }

  /** What tells this run of the host from its others. */
  UUID id() {
    return id;
  }

  /** The log; {@code null} until a session could be opened, and while there is none. */
  FarmLog log() {
    return log;
  }

  /** Whether the log that is open has lost events which this host may know: it is to compare. */
  boolean isRestarted() {
    return restarted;
  }

  /** The host has compared. */
  void reconciled() {
    restarted = false;
  }

  /**
   * Opens the session if there is none, and makes sure that the log is the one known.
   *
   * @param applier knows, and is told, where this host stands in the log
   * @throws QueueException.Rewound if the log has lost events that this host has applied
   */
  FarmLog connect(Applier applier) throws QueueException {
    FarmLog current = log;
    return current != null ? current : connectAnew(applier);
  }

  private FarmLog connectAnew(Applier applier) throws QueueException {
    FarmLog opened =
        source.open(
            new Membership(
                settings.host(), journal.incarnation(), id, settings.mode(), settings.root()));
    try {
      Standing standing = applier.standing();
      Head head = opened.head();
      LogIdentity identity = LogIdentity.of(opened, standing, journal.farm(), journal.newest());
      if (identity == LogIdentity.REWOUND) {
        LOG.error(
            "the log has lost events that this host has applied: the database was restored from an"
                + " older state, or has failed over; the log begins a new epoch");
        opened.recovery().beginEpoch();
        throw new QueueException.Rewound(standing.position(), "the log begins a new epoch");
      }
      if (identity == LogIdentity.CONTINUED) {
        LOG.warn("the log has begun a new epoch; nothing that this host knows was lost");
        Standing now =
            new Standing(Optional.of(head.epoch()), standing.position(), standing.event(), true);
        journal.commit(new JournalUpdate().standing(now));
        applier.stand(now);
      }
      if (journal.farm().isEmpty()) {
        journal.commit(new JournalUpdate().farm(opened.recovery().farm()));
      }
      restarted = identity == LogIdentity.RESTARTED;
      tally.rewound(head.position());
      tally.own(head.position());
    } catch (QueueException e) {
      opened.close();
      throw e;
    }
    log = opened;
    signals.unread.look();
    reached = true;
    return opened;
  }

  /** The session is of a log that is no more: apply opens another, and compares. */
  void rewound(QueueException.Rewound e) {
    LOG.warn("{}", e.getMessage());
    reached = false;
    FarmLog current = release();
    if (current != null) {
      current.close();
    }
    signals.apply.raise();
  }

  /** Gives the session up, for its holder to close; {@code null} if there is none. */
  FarmLog release() {
    FarmLog current = log;
    log = null;
    return current;
  }

  /** The database does not answer. */
  void away(QueueException.Unreachable e) {
    if (reached || tally.lastError().isEmpty()) {
      LOG.warn("the queue is away, changes are kept in the journal: {}", e.getMessage());
    }
    tally.failed(e.getMessage());
    if (reached) {
      awaySinceNanos = System.nanoTime();
    }
    reached = false;
    // Without a signal: apply waits for as long as its back-off says.
    signals.unread.look();
  }

  /** The database has answered. */
  void back() {
    if (!reached) {
      reached = true;
      LOG.info("the queue is back");
      signals.capture.raise();
    }
  }

  /** Whether the database is there, as far as is known without asking it. */
  boolean isReachable() {
    FarmLog current = log;
    return reached && current != null && current.reachable();
  }

  /** For how long it has not been reachable, if it is not. */
  long awayNanos() {
    return System.nanoTime() - awaySinceNanos;
  }

  /** Says goodbye to the farm, if it can be reached, and closes the session. */
  void leave() {
    FarmLog current = log;
    if (current == null) {
      return;
    }
    try {
      if (current.reachable()) {
        current.leave();
      }
    } catch (QueueException e) {
      LOG.debug("the lease runs out by itself: {}", e.getMessage());
    } finally {
      current.close();
    }
  }
}
