package io.trifold.differential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.trifold.tree.MountFixture;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Long random scripts, by one process or by two that take turns, do on the mount what they do on
 * the disk.
 *
 * <p>{@code -Ddifferential.seed=N} begins with that script, {@code -Ddifferential.rules=LOCAL} uses
 * this rule set alone, {@code -Ddifferential.steps=N} makes scripts of another length, and {@code
 * -Ddifferential.seconds=N} goes on for that long on each way to mount.
 */
@Timeout(value = 1, unit = TimeUnit.DAYS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RandomOperationsIT {
  private static final Long SEED = Long.getLong("differential.seed");
  private static final String RULES = System.getProperty("differential.rules");
  private static final int STEPS = Integer.getInteger("differential.steps", 300);
  private static final int SECONDS = Integer.getInteger("differential.seconds", 6);
  private static final Duration TO_SHRINK = Duration.ofSeconds(60);
  private static final int ACTORS = 2;

  /** Scripts that found something once. */
  private static final List<String> FOUND_BEFORE =
      List.of(
          """
          0 open 0 a O_CREAT|O_TRUNC|O_RDWR 0644
          0 mkdir a 0755
          """,
          """
          0 mknod a REG 0644 0
          0 open 0 a O_RDONLY|O_CREAT|O_TRUNC 0644
          """,
          """
          0 mkdir a 0755
          0 setxattr a trusted.t value 0
          0 as 1000 1000
          0 listxattr a
          """,
          """
          0 open 0 a O_CREAT|O_RDWR 06777
          0 as 1000 1000
          0 open 1 a O_WRONLY 0
          0 fallocate 1 0 0 1
          """,
          """
          0 open 0 a O_CREAT|O_RDWR 0644
          0 write 0 1 10
          0 open 2 b O_CREAT|O_RDWR 0644
          0 fchmod 2 06777
          0 as 1000 1000
          0 open 1 b O_WRONLY 0
          0 copy 0 0 1 0 10
          """,
          """
          1 mkdir d.r 0755
          1 chdir d.r
          0 rmdir d.r
          1 setxattr . user.a % 0
          1 chmod . 0700
          1 stat .
          """,
          """
          0 mknod a REG 0644 0
          0 link a b 0
          0 rename b q.p 0
          0 link q.p p.p 0
          """,
          """
          0 open 1 a O_CREAT|O_RDWR 0644
          1 open 4 a O_RDWR 0
          0 setlock 1 shared 1 1
          0 open 2 a O_RDONLY 0
          0 close 2
          1 getlock 4 exclusive 0 0
          """,
          """
          0 open 1 a.r O_CREAT|O_RDWR 0644
          1 open 4 a.r O_RDWR 0
          0 open 2 a.r O_RDONLY 0
          0 setlock 1 exclusive 1 1
          0 close 2
          1 setlock 4 exclusive 0 0
          """,
          """
          0 mkdir d 0777
          0 chown d 1000 2000
          0 chmod d 02777
          0 as 1000 1000
          0 setxattr d system.posix_acl_default %s 0
          """
              .formatted(Conformance.ACL));

  private static Sides sides;

  @BeforeAll
  static void startActors() {
    sides = new Sides(ACTORS);
  }

  @AfterAll
  static void endActors() {
    sides.close();
  }

  @ParameterizedTest
  @EnumSource(MountFixture.Way.class)
  void mountDoesWhatTheDiskDoes(MountFixture.Way way, @TempDir Path home) throws Exception {
    List<Rules> chosen = RULES == null ? List.of(Rules.values()) : List.of(Rules.valueOf(RULES));
    long budget = Duration.ofSeconds(SECONDS).toNanos() / chosen.size();
    for (Rules rules : chosen) {
      try (MountFixture fixture = new MountFixture(way, home.resolve(rules.name()), rules.text())) {
        sides.in(fixture.mount, fixture.plain);
        run(way, rules, budget);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(MountFixture.Way.class)
  void knownDifferencesExist(MountFixture.Way way, @TempDir Path home) throws Exception {
    SoftAssertions assertions = new SoftAssertions();
    for (Rules rules : List.of(Rules.LOCAL, Rules.MIXED)) {
      try (MountFixture fixture = new MountFixture(way, home.resolve(rules.name()), rules.text())) {
        sides.in(fixture.mount, fixture.plain);
        Comparison comparison = new Comparison(sides, way, rules, false);
        for (KnownDifference known : KnownDifference.values()) {
          if (known.rules() == rules) {
            Divergence found = comparison.run(known.script());
            assertions
                .assertThat(found != null)
                .as("%s on %s: %s", known, way, found)
                .isEqualTo(known.existsOn(way));
          }
        }
      }
    }
    assertions.assertAll();
  }

  @ParameterizedTest
  @EnumSource(MountFixture.Way.class)
  void whatWasWrongIsRight(MountFixture.Way way, @TempDir Path home) throws Exception {
    try (MountFixture fixture = new MountFixture(way, home, Rules.MIXED.text())) {
      sides.in(fixture.mount, fixture.plain);
      Comparison comparison = new Comparison(sides, way, Rules.MIXED, true);
      for (String script : FOUND_BEFORE) {
        Divergence found = comparison.run(script.lines().map(Step::parse).toList());
        assertThat(found == null ? null : found.describe()).isNull();
      }
    }
  }

  private static void run(MountFixture.Way way, Rules rules, long budget) {
    Comparison comparison = new Comparison(sides, way, rules, true);
    long start = System.nanoTime();
    long seed = SEED == null ? ThreadLocalRandom.current().nextInt(1 << 30) : SEED;
    long first = seed;
    do {
      List<Step> script =
          new Generator(seed, rules, ACTORS)
              .script(STEPS).stream().filter(step -> !KnownDifference.avoids(way, step)).toList();
      Divergence found = comparison.run(script);
      if (found != null) {
        fail(report(way, rules, seed, comparison, script, found));
      }
      seed++;
    } while (System.nanoTime() - start < budget);
    System.out.printf(
        "%s %s: %d scripts of %d steps, seeds %d to %d%n",
        way, rules, seed - first, STEPS, first, seed - 1);
  }

  private static String report(
      MountFixture.Way way,
      Rules rules,
      long seed,
      Comparison comparison,
      List<Step> script,
      Divergence found) {
    StringBuilder text = new StringBuilder();
    text.append("%s %s, seed %d, %s%n".formatted(way, rules, seed, found.describe()));
    text.append(
        "Again: mvn -pl fuse-mount -am verify -Dit.test=%s -Ddifferential.seed=%d -Ddifferential.rules=%s -Ddifferential.steps=%d%n"
            .formatted(RandomOperationsIT.class.getSimpleName(), seed, rules, STEPS));
    List<Step> shrunk =
        new Shrinking(steps -> found.isLike(comparison.run(steps)), TO_SHRINK)
            .shrink(script.subList(0, found.index() + 1));
    Divergence last = comparison.run(shrunk);
    text.append("Shrunk to:\n");
    shrunk.forEach(step -> text.append("  ").append(step).append('\n'));
    text.append(last == null ? "which does not always differ." : last.describe());
    return text.toString();
  }
}
