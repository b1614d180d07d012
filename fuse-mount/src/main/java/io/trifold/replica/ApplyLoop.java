package io.trifold.replica;

import io.trifold.posix.ErrnoException;
import io.trifold.queue.EventPage;
import io.trifold.queue.FarmLog;
import io.trifold.queue.QueueException;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The thread that brings what the log says to the disk, over and over. */
final class ApplyLoop {
  private static final Logger LOG = LoggerFactory.getLogger(ApplyLoop.class);
  private static final long IDLE_MILLIS = 5_000;
  private static final long WAITING_MILLIS = 100;
  private static final long DISTRUST_MILLIS = 10_000;

  private final ReplicaSettings settings;
  private final LogSession session;
  private final Applier applier;
  private final Beginning beginning;
  private final CaptureLoop capture;
  private final Hold hold;
  private final Signals signals;
  private final Tally tally;
  private final Progress progress;
  private final Journal journal;
  private final DirtySet dirty;
  private final MarkWriter marks;
  private final StagingCrew crew;
  private final BooleanSupplier goesOn;

  private final Backoff backoff = new Backoff();

  /** Whether the log is known to go on behind what was read last. */
  private boolean more;

  private volatile boolean resyncing;

  /** Why it waits before an event; empty if it does not. */
  private volatile String distrusted = "";

  ApplyLoop(
      ReplicaSettings settings,
      LogSession session,
      Applier applier,
      Beginning beginning,
      CaptureLoop capture,
      Hold hold,
      Signals signals,
      Tally tally,
      Progress progress,
      Journal journal,
      DirtySet dirty,
      MarkWriter marks,
      StagingCrew crew,
      BooleanSupplier goesOn) {
    this.settings = settings;
    this.session = session;
    this.applier = applier;
    this.beginning = beginning;
    this.capture = capture;
    this.hold = hold;
    this.signals = signals;
    this.tally = tally;
    this.progress = progress;
    this.journal = journal;
    this.dirty = dirty;
    this.marks = marks;
    this.crew = crew;
    this.goesOn = goesOn;
  }

  void run() throws QueueException, ErrnoException, InterruptedException {
    while (goesOn.getAsBoolean()) {
      try {
        hold.await(signals.apply, goesOn);
        FarmLog current = session.connect(applier);
        if (session.isRestarted()) {
          capture.reconcile(current, applier);
        }
        if (!beginning.run(current)) {
          continue;
        }
        boolean busy = applies(current);
        boolean waiting = applier.survey();
        progress.made();
        signals.lease.raise();
        if (!dirty.isEmpty()) {
          signals.capture.raise();
        }
        if (!busy) {
          signals.apply.await(waiting ? WAITING_MILLIS : IDLE_MILLIS);
        }
      } catch (QueueException.Rewound e) {
        session.rewound(e);
        signals.apply.await(backoff.nextMillis());
      } catch (QueueException.Unreachable e) {
        // The scan waits until the log has been read once: after a crash the disk may hold what was
        // placed and not yet noted, and that must not be taken for a change made here.
        session.away(e);
        signals.apply.await(backoff.nextMillis());
      }
    }
  }

  /**
   * Reads the log if it is worth it, and applies what is to be applied.
   *
   * <p>An event that cannot be trusted is where it waits; nothing behind it is let through.
   *
   * @return whether there may be more to do
   */
  private boolean applies(FarmLog current)
      throws QueueException, ErrnoException, InterruptedException {
    try {
      if (signals.unread.take(tally.head()) || more) {
        more = step(current);
        answered();
      }
      if (capture.awaitsCatchUp() && (!more || applier.standing().position() >= tally.head())) {
        // What was placed by a retry just before a crash is no change made here, either.
        applier.retry(current);
        capture.caughtUp();
      }
      distrusted = "";
      return more || applier.retry(current);
    } catch (QueueException.Corrupt e) {
      more = true;
      answered();
      if (!distrusted.equals(e.getMessage())) {
        distrusted = e.getMessage();
        tally.failed(distrusted);
        progress.made();
        LOG.error(
            "nothing behind it is applied: {}; when it is clear why: trifold skip {} {}",
            distrusted,
            e.position(),
            settings.root());
      }
      capture.caughtUp();
      signals.trust.await(DISTRUST_MILLIS);
      // The key's file may have been brought up to date.
      capture.renew(current);
      return true;
    }
  }

  private void answered() {
    session.back();
    backoff.reset();
  }

  private boolean step(FarmLog current) throws QueueException, ErrnoException {
    try {
      EventPage page = applier.step(current);
      signals.unread.readTo(page.end());
      return !page.isLast();
    } catch (QueueException.TooOld e) {
      resyncing = true;
      try {
        applier.stand(new Resync(journal, applier, crew.helpers()).run(current));
      } finally {
        resyncing = false;
      }
      return true;
    }
  }

  /** Whether it compares with the log as a whole, of which parts are no longer kept. */
  boolean isResyncing() {
    return resyncing;
  }

  /** Why it waits before an event; empty if it does not. */
  String distrusted() {
    return distrusted;
  }

  /**
   * Passes over an event that cannot be trusted, on all hosts. What stands here at its path is put
   * into the log again.
   *
   * @return the path; empty if there was no event
   */
  Optional<String> skip(long position) throws Verifier.NotNow, QueueException {
    FarmLog current = Optional.ofNullable(session.log()).orElseThrow(Verifier::away);
    long next = applier.standing().position() + 1;
    if (distrusted.isEmpty() || position < next) {
      throw new QueueException.Refused(
          "there is nothing to skip at " + position + ": this host waits for no such event");
    }
    boolean latest = current.verifications().isLatest(position);
    Optional<String> path = current.skip(position);
    if (latest && path.filter(PathNames::valid).isPresent() && dirty.claim(path.get())) {
      try {
        journal.commit(
            new JournalUpdate()
                .index(
                    new IndexEntry(path.get(), position, State.NOTHING_KNOWN, Optional.empty())));
      } finally {
        dirty.release(List.of(path.get()));
      }
      dirty.mark(path.get(), false, false);
      marks.nudge();
    }
    signals.raiseAll();
    return path;
  }
}
