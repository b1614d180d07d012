package io.trifold.farm;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeashTest {
  private static final Duration LONG = Duration.ofSeconds(100);

  @TempDir Path directory;

  private Leash.End run(Duration limit, Duration patience, String input, String... words)
      throws Exception {
    Program program =
        new Program(
            List.of(words),
            Optional.empty(),
            directory,
            limit,
            Map.of("MORE", "m"),
            input,
            Program.Output.TAIL);
    return Leash.start(program, patience).await();
  }

  @Test
  void aProgramGetsItsInputItsVariablesAndNothingElse() throws Exception {
    Leash.End end = run(LONG, LONG, "in", "/bin/sh", "-c", "cat; pwd; env; echo no >&2; exit 3");
    assertThat(end.exitCode()).contains(3);
    assertThat(end.output())
        .startsWith("in" + directory.toRealPath() + "\n")
        .contains("MORE=m", "no\n")
        .doesNotContain("JAVA", "MAVEN");
    assertThat(run(LONG, LONG, "", "cat").isGood()).isTrue();
    assertThat(run(LONG, LONG, "", "no-such-program").exitCode()).contains(127);
  }

  @Test
  void aProgramCanRunAsWhoeverOwnsTheDirectory() throws Exception {
    boolean root = Account.own().uid() == 0;
    if (root) {
      Files.setAttribute(directory, "unix:uid", Account.named("nobody").uid());
    }
    Program program =
        new Program(
            List.of("/usr/bin/id", "-un"),
            Optional.of("@owner"),
            directory,
            LONG,
            Map.of(),
            "",
            Program.Output.TAIL);
    assertThat(Leash.start(program, LONG).await().output())
        .isEqualTo((root ? "nobody" : Account.own().name()) + "\n");
  }

  @Test
  void aProgramThatNobodySpeaksToAnyMoreIsKilledWithItsChildren() throws Exception {
    String script = "sleep 76543 & echo $!; wait";
    Leash.End end = run(LONG, Duration.ofMillis(700), "", "/bin/sh", "-c", script);
    assertThat(end.exitCode()).contains(137);
    awaitDead(Long.parseLong(end.output().strip()));
  }

  @Test
  void aProgramIsKilledWithItsChildrenAfterItsLimit() throws Exception {
    String script = "setsid sleep 76543 & echo $!; wait";
    Leash.End end = run(Duration.ofSeconds(1), LONG, "", "/bin/sh", "-c", script);
    assertThat(end.killed()).isEqualTo("it took longer than 1s");
    assertThat(end.exitCode()).isEmpty();
    // Killed one by one: it had left the group.
    awaitDead(Long.parseLong(end.output().strip()));
  }

  /** A signal takes its moment. */
  private static void awaitDead(long pid) throws InterruptedException {
    for (int i = 0; i < 600 && isAlive(pid); i++) {
      Thread.sleep(50);
    }
    assertThat(isAlive(pid)).isFalse();
  }

  private static boolean isAlive(long pid) {
    return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent();
  }

  @Test
  void onlyTheEndOfALongOutputIsKept() throws Exception {
    Leash.End end = run(LONG, LONG, "", "/bin/sh", "-c", "seq 1 100000; echo é");
    assertThat(end.output()).startsWith("…").endsWith("100000\né\n").hasSizeLessThan(17_000);
  }
}
