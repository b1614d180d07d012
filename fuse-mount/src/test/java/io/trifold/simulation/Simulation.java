package io.trifold.simulation;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.trifold.simulation.machine.Flaw;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.LoggerFactory;

/** Runs schedules, and makes a failing one as short as it gets. */
final class Simulation {
  private static final int SHRINKING_RUNS = 2_000;

  private final Set<Flaw> flaws;

  Simulation(Set<Flaw> flaws) {
    this.flaws = flaws;
  }

  /**
   * @param hash of all that happened
   */
  record Verdict(Schedule schedule, long hash, Optional<Violation> violation, List<String> trace) {}

  Verdict run(Schedule schedule) {
    return run(schedule, false);
  }

  @SuppressWarnings("CatchingUnchecked") // A defect of any kind is a finding.
  Verdict run(Schedule schedule, boolean readable) {
    Trace trace = new Trace(readable);
    Optional<Violation> violation = Optional.empty();
    try {
      World world = new World(schedule.climate(), flaws, trace);
      for (int step : schedule.steps()) {
        trace.line("step", Integer.toString(step));
        world.step(schedule.seedOf(step));
      }
      trace.line("all", "faults are over");
      world.conclude();
    } catch (Violation e) {
      violation = Optional.of(e);
    } catch (RuntimeException | Error e) {
      violation = Optional.of(new Violation(Violation.Rule.NO_DEFECT, e.toString(), e));
    }
    return new Verdict(schedule, trace.hash(), violation, trace.lines());
  }

  /** The same violation with as few steps as can be found. */
  Verdict shrink(Verdict failed) {
    Violation.Rule rule = failed.violation().orElseThrow().rule();
    Verdict best = failed;
    int runs = 0;
    for (int size = Math.max(1, best.schedule().steps().size() / 2); size > 0; ) {
      boolean shorter = false;
      for (int from = 0; from < best.schedule().steps().size() && runs < SHRINKING_RUNS; runs++) {
        int to = Math.min(from + size, best.schedule().steps().size());
        Verdict without = run(best.schedule().without(from, to));
        if (without.violation().filter(v -> v.rule() == rule).isPresent()) {
          best = without;
          shorter = true;
        } else {
          from = to;
        }
      }
      if (!shorter || runs >= SHRINKING_RUNS) {
        size /= 2;
      }
    }
    return run(best.schedule(), true);
  }

  /** Tells all that one needs to look into it. */
  static String report(Verdict shrunk) {
    Schedule schedule = shrunk.schedule();
    String steps = schedule.steps().stream().map(String::valueOf).collect(Collectors.joining(","));
    return shrunk.violation().map(Violation::getMessage).orElse("nothing")
        + "\nto see it again: -Dsimulation.seed="
        + schedule.seed()
        + " -Dsimulation.steps="
        + steps
        + "\nwhat happened:\n  "
        + String.join("\n  ", shrunk.trace());
  }

  /** The replica has much to say about what is done to it; not while it is done by the thousand. */
  static AutoCloseable silence() {
    Logger logger = (Logger) LoggerFactory.getLogger("io.trifold");
    Level before = logger.getLevel();
    logger.setLevel(Level.OFF);
    return () -> logger.setLevel(before);
  }
}
