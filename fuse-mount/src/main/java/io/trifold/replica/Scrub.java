package io.trifold.replica;

import io.trifold.posix.ErrnoException;
import io.trifold.queue.FarmLog;
import io.trifold.queue.QueueException;
import io.trifold.queue.Verification;
import io.trifold.rules.RuleState;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Verifies this host for ever, slowly, and at once when somebody asks. One verification at a time;
 * one that somebody waits for interrupts the slow one, which goes on afterwards where it was.
 */
final class Scrub {
  private static final Logger LOG = LoggerFactory.getLogger(Scrub.class);
  private static final long SAVE_NANOS = TimeUnit.SECONDS.toNanos(5);
  private static final long CATCH_UP_MILLIS = 50;
  private static final int SHOWN = 20;

  private final Disk disk;
  private final RuleState rules;
  private final Journal journal;
  private final DirtySet dirty;
  private final Placer placer;
  private final Upkeep upkeep;
  private final InstantSource clock;
  private final ScrubMemory file;
  private final ReentrantLock passes = new ReentrantLock();
  private final AtomicInteger urgent = new AtomicInteger();
  private volatile ScrubMemory.Memory memory;
  private long savedNanos = System.nanoTime();

  Scrub(
      Disk disk,
      RuleState rules,
      Journal journal,
      DirtySet dirty,
      Placer placer,
      Upkeep upkeep,
      InstantSource clock,
      ScrubMemory file) {
    this.disk = disk;
    this.rules = rules;
    this.journal = journal;
    this.dirty = dirty;
    this.placer = placer;
    this.upkeep = upkeep;
    this.clock = clock;
    this.file = file;
    this.memory = file.read();
  }

  /** The report of the last pass over everything. */
  Optional<VerifyReport> last() {
    return memory.last();
  }

  /** How many paths the pass under way has compared, if one is. */
  Optional<Long> underWay() {
    return memory.progress().map(VerifyProgress::paths);
  }

  /**
   * Does what is due, if anything is.
   *
   * @param goesOn false ends it early; it goes on the next time
   */
  void step(FarmLog log, BooleanSupplier goesOn)
      throws QueueException, ErrnoException, InterruptedException {
    Optional<VerifyProgress> begun =
        memory.progress().filter(progress -> progress.epoch().equals(log.epoch()));
    Optional<Verification> wanted = log.verifications().unanswered();
    if (wanted.isPresent() && wanted.get().urgent()) {
      verify(log, wanted.get(), goesOn, divergence -> {});
    } else if (begun.isPresent() && upkeep.scrubRate() > 0) {
      scrub(log, begun.get(), goesOn);
    } else if (isDue()) {
      Verification next = wanted.isPresent() ? wanted.get() : log.verifications().ask("", false);
      scrub(log, VerifyProgress.begin(log.epoch(), next), goesOn);
    }
  }

  private boolean isDue() {
    if (upkeep.scrubRate() == 0) {
      return false;
    }
    Optional<Instant> before = memory.last().map(VerifyReport::finished);
    return before.isEmpty() || !before.get().plus(upkeep.scrubPause()).isAfter(clock.instant());
  }

  private void scrub(FarmLog log, VerifyProgress from, BooleanSupplier goesOn)
      throws QueueException, ErrnoException, InterruptedException {
    passes.lockInterruptibly();
    try {
      BooleanSupplier undisturbed = () -> goesOn.getAsBoolean() && urgent.get() == 0;
      run(log, from, Pace.of(upkeep.scrubRate()), undisturbed, this::remember, divergence -> {});
    } finally {
      passes.unlock();
    }
  }

  /**
   * Verifies now, at full speed, and answers the farm.
   *
   * @return empty if it was ended early
   */
  Optional<VerifyReport> verify(
      FarmLog log,
      Verification verification,
      BooleanSupplier goesOn,
      Consumer<Divergence> onDivergence)
      throws QueueException, ErrnoException, InterruptedException {
    urgent.incrementAndGet();
    try {
      passes.lockInterruptibly();
      try {
        VerifyProgress begin = VerifyProgress.begin(log.epoch(), verification);
        return run(log, begin, Pace.full(), goesOn, progress -> {}, onDivergence);
      } finally {
        passes.unlock();
      }
    } finally {
      urgent.decrementAndGet();
    }
  }

  private Optional<VerifyReport> run(
      FarmLog log,
      VerifyProgress from,
      Pace pace,
      BooleanSupplier goesOn,
      Consumer<VerifyProgress> onProgress,
      Consumer<Divergence> onDivergence)
      throws QueueException, ErrnoException, InterruptedException {
    Verification verification = from.verification();
    while (journal.standing().position() < verification.position()) {
      if (!goesOn.getAsBoolean()) {
        return Optional.empty();
      }
      TimeUnit.MILLISECONDS.sleep(CATCH_UP_MILLIS);
    }
    PathCheck check = new PathCheck(disk, rules, journal, dirty, placer, verification.position());
    Optional<VerifyReport> report =
        new VerifyPass(disk, rules, journal, check, pace, clock)
            .run(log, from, goesOn, onProgress, onDivergence);
    if (report.isPresent()) {
      VerifyReport done = report.get();
      log.verifications()
          .answer(verification, done.digest(), done.paths(), done.bytes(), done.divergent());
      conclude(done);
    }
    return report;
  }

  private void remember(VerifyProgress progress) {
    memory = new ScrubMemory.Memory(Optional.of(progress), memory.last());
    if (System.nanoTime() - savedNanos > SAVE_NANOS) {
      save();
    }
  }

  private void save() {
    file.write(memory);
    savedNanos = System.nanoTime();
  }

  private void conclude(VerifyReport report) {
    if (report.verification().below().isEmpty()) {
      Optional<VerifyProgress> other =
          memory
              .progress()
              .filter(progress -> progress.verification().id() > report.verification().id());
      tell(report);
      memory = new ScrubMemory.Memory(other, Optional.of(report));
    }
    save();
  }

  private void tell(VerifyReport report) {
    if (report.divergent() == 0) {
      LOG.debug("verified at position {}", report.verification().position());
      return;
    }
    LOG.warn(
        "verified at position {}: {} paths differ from the log",
        report.verification().position(),
        report.divergent());
    report.divergences().stream()
        .limit(SHOWN)
        .forEach(divergence -> LOG.warn("{}", divergence.describe()));
  }

  /** For the status: whether the host is in sync, by the last pass over everything alone. */
  String describe(Instant now) {
    String under =
        underWay().map(paths -> "; a pass is under way, " + paths + " paths so far").orElse("");
    Optional<VerifyReport> last = memory.last();
    if (last.isEmpty()) {
      return (upkeep.scrubRate() == 0 ? "unknown, not verified yet" : "not verified yet") + under;
    }
    VerifyReport report = last.get();
    String when =
        ", verified at position "
            + report.verification().position()
            + ", "
            + Duration.between(report.finished(), now).toMinutes()
            + " minutes ago";
    return report.divergent() == 0
        ? "yes" + when
        : "no, "
            + report.divergent()
            + " paths differ from the log (trifold verify lists them)"
            + when;
  }

  /** Saves how far it is. */
  void close() {
    save();
  }
}
