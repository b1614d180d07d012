package io.trifold.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.differential.actor.Operation;
import io.trifold.tree.MountFixture;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every call, on every kind of object, by every kind of caller, in every kind of directory, gives
 * the result, and leaves the modes, owners, links and times, that it does on the disk.
 *
 * <p>The table is long: a run takes what it has time for, {@code -Ddifferential.seconds=N}, in an
 * order that {@code -Ddifferential.seed=N} gives again.
 */
@Timeout(value = 1, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PosixConformanceIT {
  private static final long SEED =
      Long.getLong("differential.seed", ThreadLocalRandom.current().nextInt(1 << 30));
  private static final int SECONDS = Integer.getInteger("differential.seconds", 25);
  private static final int FEWEST_CHECKS = 500;
  private static final int SHOWN = 40;

  private static Sides sides;

  @BeforeAll
  static void startActors() {
    sides = new Sides(1);
  }

  @AfterAll
  static void endActors() {
    sides.close();
  }

  @ParameterizedTest
  @EnumSource(MountFixture.Way.class)
  void mountIsAsTheDisk(MountFixture.Way way, @TempDir Path home) throws Exception {
    try (MountFixture fixture = new MountFixture(way, home, Rules.LOCAL.text())) {
      sides.in(fixture.mount, fixture.plain);
      Checks checks = new Checks(way);
      List<Conformance.Case> cases =
          Conformance.cases().collect(Collectors.toCollection(ArrayList::new));
      Collections.shuffle(cases, new Random(SEED));
      long start = System.nanoTime();
      long budget = TimeUnit.SECONDS.toNanos(SECONDS);
      int made = 0;
      while (made < cases.size() && System.nanoTime() - start < budget) {
        checks.run("case" + made, cases.get(made));
        made++;
      }
      System.out.printf(
          "%s: %d checks in %d of %d cases, seed %d%n",
          way, checks.count, made, cases.size(), SEED);
      assertThat(checks.differences.size()).as(checks.describe()).isZero();
      assertThat(checks.count).isGreaterThan(FEWEST_CHECKS);
    }
  }

  /** Runs cases and counts what was compared. */
  private static final class Checks {
    private final MountFixture.Way way;
    private final List<String> differences = new ArrayList<>();
    private int count;

    Checks(MountFixture.Way way) {
      this.way = way;
    }

    void run(String name, Conformance.Case one) {
      for (Operation operation : one.operations()) {
        if (KnownDifference.avoids(way, new Step(0, operation))) {
          return;
        }
      }
      sides.begin(name);
      try {
        Sides.Answers answers = sides.both(0, one.operations());
        for (int i = 0; i < one.operations().size(); i++) {
          compare(one, one.operations().get(i), answers.mount().get(i), answers.disk().get(i));
        }
      } finally {
        sides.end(name);
      }
    }

    private void compare(Conformance.Case one, Operation operation, String onMount, String onDisk) {
      String[] mount = onMount.split("; ", -1);
      String[] disk = onDisk.split("; ", -1);
      for (int i = 0; i < Math.max(mount.length, disk.length); i++) {
        count++;
        String here = i < mount.length ? mount[i] : "";
        String there = i < disk.length ? disk[i] : "";
        if (!here.equals(there)
            && !KnownDifference.excuses(way, Rules.LOCAL, operation.call(), here, there)) {
          differences.add(
              "%s%n  %s%n  mount  %s%n  disk   %s".formatted(one.name(), operation, here, there));
        }
      }
    }

    String describe() {
      return differences.size()
          + " differences\n"
          + String.join("\n", differences.subList(0, Math.min(SHOWN, differences.size())));
    }
  }
}
