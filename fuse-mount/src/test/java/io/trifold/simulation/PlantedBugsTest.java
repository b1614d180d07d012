package io.trifold.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.simulation.Simulation.Verdict;
import io.trifold.simulation.machine.Flaw;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The simulation finds every mistake that is planted, within as many schedules as the daily test
 * runs. The table of what was found when is left in {@code target/planted-bugs.md}, for {@code
 * docs/reliability.md}.
 */
@Tag("once")
class PlantedBugsTest {
  private static final int SCHEDULES = 30_000;
  private static final Path DOCUMENT = Path.of("../docs/reliability.md");

  @Test
  void eachIsFound() throws Exception {
    StringBuilder table = new StringBuilder();
    table.append("| planted | found by the rule | seed | schedules | seconds |\n");
    table.append("|---|---|---|---|---|\n");
    try (AutoCloseable silence = Simulation.silence()) {
      assertThat(silence).isNotNull();
      for (Flaw flaw : Flaw.values()) {
        long start = System.nanoTime();
        Verdict found = find(flaw);
        Duration time = Duration.ofNanos(System.nanoTime() - start);
        table.append(
            "| %s | %s | %d | %d | %.2f |\n"
                .formatted(
                    flaw.mistake(),
                    found.violation().orElseThrow().rule(),
                    found.schedule().seed(),
                    found.schedule().seed(),
                    time.toMillis() / 1000.0));
      }
    }
    Files.writeString(Path.of("target/planted-bugs.md"), table);
  }

  private static Verdict find(Flaw flaw) {
    Simulation simulation = new Simulation(Set.of(flaw));
    for (long seed = 1; seed <= SCHEDULES; seed++) {
      Schedule schedule = Schedule.of(seed);
      Verdict verdict = simulation.run(flaw == Flaw.NAME_ALONE ? schedule.withLinks() : schedule);
      if (verdict.violation().isPresent()) {
        return verdict;
      }
    }
    throw new AssertionError(
        flaw + " was planted and not found in " + SCHEDULES + " schedules: " + flaw.mistake());
  }

  @Test
  void theDocumentNamesEach() throws Exception {
    String document = Files.readString(DOCUMENT);
    for (Flaw flaw : Flaw.values()) {
      assertThat(document).contains("| " + flaw.mistake() + " |");
    }
  }
}
