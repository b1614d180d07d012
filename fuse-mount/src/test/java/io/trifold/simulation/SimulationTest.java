package io.trifold.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.simulation.Simulation.Verdict;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.LongFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The real workers under every trouble that the simulation knows. Some thousand schedules here;
 * {@code -Dsimulation.seconds=} runs as many as fit, {@code -Dsimulation.from=} begins with another
 * seed, {@code -Dsimulation.seed=} runs one and tells all of it.
 */
class SimulationTest {
  private static final int SCHEDULES = Integer.getInteger("simulation.schedules", 1_500);
  private static final int REPEATED = 200;

  private final Simulation simulation = new Simulation(Set.of());
  private AutoCloseable silence;

  @BeforeEach
  void beSilent() {
    silence = Simulation.silence();
  }

  @AfterEach
  void speakAgain() throws Exception {
    silence.close();
  }

  @Test
  void whateverHappensNothingIsLostOrInvented() {
    run(Schedule::of);
  }

  @Test
  void filesWithSeveralNamesKeepThem() {
    run(seed -> Schedule.of(seed).withLinks());
  }

  private void run(LongFunction<Schedule> schedules) {
    Long seed = Long.getLong("simulation.seed");
    if (seed != null) {
      replay(schedules.apply(seed));
      return;
    }
    long first = Long.getLong("simulation.from", 1);
    long seconds = Long.getLong("simulation.seconds", 0);
    long end = System.nanoTime() + seconds * 1_000_000_000L;
    for (long i = 0; seconds > 0 ? System.nanoTime() < end : i < SCHEDULES; i++) {
      Verdict verdict = simulation.run(schedules.apply(first + i));
      if (verdict.violation().isPresent()) {
        throw new AssertionError(
            Simulation.report(simulation.shrink(verdict)), verdict.violation().get());
      }
    }
  }

  private void replay(Schedule whole) {
    Schedule schedule = whole;
    String steps = System.getProperty("simulation.steps");
    if (steps != null) {
      List<Integer> some = Arrays.stream(steps.split(",", -1)).map(Integer::valueOf).toList();
      schedule = schedule.only(some);
    }
    Verdict verdict = simulation.run(schedule, true);
    System.out.println(Simulation.report(verdict));
    verdict
        .violation()
        .ifPresent(
            violation -> {
              throw violation;
            });
  }

  @Test
  void aSeedIsAlwaysTheSameRun() {
    for (long seed = 1; seed <= REPEATED; seed++) {
      Verdict once = simulation.run(Schedule.of(seed));
      Verdict again = simulation.run(Schedule.of(seed));
      assertThat(again.hash()).as("seed %d", seed).isEqualTo(once.hash());
    }
  }
}
