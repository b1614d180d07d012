package io.trifold.replica;

import io.trifold.posix.ErrnoException;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds propagation when so much is gone that nobody can have meant it, until the operator says
 * that it was meant. Thread-safe.
 */
final class Hold {
  private static final Logger LOG = LoggerFactory.getLogger(Hold.class);
  private static final int SAMPLE = 200;
  private static final long IDLE_MILLIS = 5_000;

  private final ReplicaSettings settings;
  private final SafetyStop safety;
  private final Scan scan;
  private final Journal journal;
  private final Tally tally;
  private final InstantSource clock;

  /** Why; empty if it does not. */
  private volatile String reason = "";

  Hold(ReplicaSettings settings, Scan scan, Journal journal, Tally tally, InstantSource clock) {
    this.settings = settings;
    this.safety = new SafetyStop(settings.upkeep().safetyStop());
    this.scan = scan;
    this.journal = journal;
    this.tally = tally;
    this.clock = clock;
  }

  boolean isHeld() {
    return !reason.isEmpty();
  }

  /** Why propagation waits for a word of the operator; empty if it does not. */
  String reason() {
    return reason;
  }

  /** Waits while it holds; the signal has it look again. */
  void await(Signal signal, BooleanSupplier goesOn) throws InterruptedException {
    while (goesOn.getAsBoolean() && isHeld()) {
      signal.await(IDLE_MILLIS);
    }
  }

  private void hold(String why) {
    if (reason.isEmpty()) {
      reason = why;
      tally.failed(why);
      LOG.error(
          "nothing is propagated any more: {}; put back what is missing, or, if it was meant:"
              + " trifold resume {}",
          why,
          settings.root());
    }
  }

  /**
   * It was meant: what is missing was deleted.
   *
   * @return why it was held; empty if it was not
   */
  String resume() throws ErrnoException {
    String why = reason;
    if (!why.isEmpty()) {
      LOG.warn("resumed by the operator: {}", why);
      safety.resume(clock.instant());
      scan.believe(scan.missing());
      reason = "";
    }
    return why;
  }

  /** Whether deletes that callers made, so many and together with so many puts, may be told. */
  boolean admitsDeletes(long deletes, long puts) {
    Optional<String> why = safety.told(deletes, puts, journal::existing, clock.instant());
    why.ifPresent(this::hold);
    return why.isEmpty();
  }

  /** A root that is empty, or another one, is not to be filled with what is read from the log. */
  void lookIfEmptied() throws ErrnoException {
    Scan.Missing some = scan.sample(SAMPLE);
    if (safety.found(some.known(), some.paths().size()).isPresent()) {
      admits(scan.missing());
    }
  }

  /** Whether so few are gone that they may have been deleted; otherwise propagation is held. */
  boolean admits(Scan.Missing missing) {
    return admits(missing.known(), missing.paths().size());
  }

  /** The same of what a verification found. */
  boolean admits(VerifyReport report) {
    return admits(report.paths(), report.missing());
  }

  private boolean admits(long known, long missing) {
    safety.found(known, missing).ifPresent(this::hold);
    return !isHeld();
  }
}
