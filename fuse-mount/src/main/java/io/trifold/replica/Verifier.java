package io.trifold.replica;

import io.trifold.posix.ErrnoException;
import io.trifold.queue.FarmLog;
import io.trifold.queue.HostStatus;
import io.trifold.queue.QueueException;
import io.trifold.queue.Verification;
import io.trifold.rules.Durations;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A host's verification, for who may ask for it. Thread-safe. */
public final class Verifier {
  private static final Logger LOG = LoggerFactory.getLogger(Verifier.class);
  private static final long POLL_MILLIS = 3_000;
  private static final long AFTER_FAILURE_MILLIS = 60_000;
  private static final long MEND_MILLIS = 100;

  private final Scrub scrub;
  private final Journal journal;
  private final Supplier<Optional<FarmLog>> session;
  private final Signal wake;
  private volatile String trouble = "";

  Verifier(Scrub scrub, Journal journal, Supplier<Optional<FarmLog>> session, Signal wake) {
    this.scrub = scrub;
    this.journal = journal;
    this.session = session;
    this.wake = wake;
  }

  /** Why it cannot be done now. */
  public static final class NotNow extends Exception {
    private static final long serialVersionUID = 1L;

    NotNow(String message) {
      super(message);
    }
  }

  private FarmLog session() throws NotNow {
    return session.get().orElseThrow(Verifier::away);
  }

  static NotNow away() {
    return new NotNow("the queue is away, or propagation is held: trifold status says more");
  }

  /**
   * Asks all hosts of the farm to verify, at the log's head of now.
   *
   * @param below a path, which stands for itself and all below it; empty for everything
   */
  public Verification ask(String below) throws NotNow, QueueException {
    return session().verifications().ask(below, true);
  }

  /**
   * The verification that some host was the first to ask for since then, or a new one: hosts that
   * do the same at the same time verify at one position.
   *
   * @param since by the database's clock
   */
  public Verification askSince(String below, Instant since) throws NotNow, QueueException {
    return session().verifications().askSince(below, since);
  }

  /**
   * Verifies this host, at full speed. Interruptible.
   *
   * @throws NotNow also when it takes longer than the limit
   */
  public VerifyReport verify(
      Verification verification, Duration limit, Consumer<Divergence> onDivergence)
      throws NotNow, QueueException, ErrnoException, InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    BooleanSupplier inTime = () -> System.nanoTime() - end < 0;
    Optional<VerifyReport> report =
        scrub.verify(
            session(),
            verification,
            () -> inTime.getAsBoolean() && session.get().isPresent(),
            onDivergence);
    if (report.isEmpty() && !inTime.getAsBoolean()) {
      throw new NotNow("it took longer than " + Durations.format(limit));
    }
    return report.orElseThrow(Verifier::stopped);
  }

  private static NotNow stopped() {
    return new NotNow("propagation stopped meanwhile: trifold status says why");
  }

  /** Verifies this host, at full speed. Interruptible. */
  public VerifyReport verify(Verification verification, Consumer<Divergence> onDivergence)
      throws NotNow, QueueException, ErrnoException, InterruptedException {
    return scrub
        .verify(session(), verification, () -> session.get().isPresent(), onDivergence)
        .orElseThrow(Verifier::stopped);
  }

  /** What the hosts have answered so far, this one included. */
  public List<Verification.Answer> answers(Verification verification)
      throws NotNow, QueueException {
    return session().verifications().answers(verification);
  }

  /** The hosts of the farm. */
  public List<HostStatus> hosts() throws NotNow, QueueException {
    return session().hosts();
  }

  /**
   * Mends what was found, and waits until apply or capture have done their part.
   *
   * @param repairing what does it
   * @param told what is done about each, in a few words
   */
  void mend(Repair repairing, List<Divergence> divergences, Mended told, BooleanSupplier settled)
      throws NotNow, QueueException, ErrnoException, InterruptedException {
    FarmLog log = session();
    for (Divergence divergence : divergences) {
      told.mended(divergence, repairing.mend(log, divergence));
    }
    while (!settled.getAsBoolean() || isWaiting(divergences)) {
      session();
      wake.raise();
      TimeUnit.MILLISECONDS.sleep(MEND_MILLIS);
    }
  }

  /** Is told what is done about a divergence. */
  @FunctionalInterface
  public interface Mended {
    void mended(Divergence divergence, String what);
  }

  private boolean isWaiting(List<Divergence> divergences) {
    return divergences.stream()
        .anyMatch(
            divergence ->
                journal
                    .unapplied(divergence.path())
                    .filter(row -> row.cause() == Unapplied.Cause.REINSTATED)
                    .isPresent());
  }

  /** Scrubs for ever. What goes wrong is said, and tried again. */
  void run(Signal pause, BooleanSupplier goesOn, Consumer<VerifyReport> onReport)
      throws InterruptedException {
    Optional<VerifyReport> seen = scrub.last();
    while (goesOn.getAsBoolean()) {
      long rest = POLL_MILLIS;
      try {
        Optional<FarmLog> log = session.get();
        if (log.isPresent()) {
          scrub.step(log.get(), () -> goesOn.getAsBoolean() && session.get().isPresent());
          trouble = "";
        }
      } catch (QueueException.Unreachable e) {
        LOG.debug("the verification waits: {}", e.getMessage());
      } catch (QueueException | ErrnoException e) {
        rest = AFTER_FAILURE_MILLIS;
        if (!trouble.equals(e.getMessage())) {
          trouble = e.getMessage();
          LOG.warn("the verification cannot go on, and is tried again: {}", e.getMessage());
        }
      }
      if (!scrub.last().equals(seen)) {
        seen = scrub.last();
        onReport.accept(seen.orElseThrow());
      }
      if (goesOn.getAsBoolean()) {
        pause.await(rest);
      }
    }
    scrub.close();
  }

  /** For the status: {@code yes}, {@code no} or why it is not known, by verification alone. */
  public String inSync(Instant now) {
    return scrub.describe(now) + (trouble.isEmpty() ? "" : "; it cannot go on: " + trouble);
  }
}
