package io.trifold.tree;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Virtual files as programs use them, through each transport. */
class VirtualFilesIT {
  /** More than there are threads that serve everybody. */
  private static final int MANY = 40;

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource(MountFixture.Way.class)
  void aShellWritesAControlFileAndHearsOfAnError(MountFixture.Way way) throws Exception {
    try (MountFixture fixture = new MountFixture(way, directory, "propagated /pages/\n")) {
      MountFixture.sh(
          fixture.mount,
          """
          test "$(ls .trifold)" = "control
          status
          wait"
          test "$(stat -c '%a %u %g' .trifold/control/take)" = "620 7 8"
          test "$(cat .trifold/control/take)" = "write here"
          echo one > .trifold/control/take
          { echo two; /bin/true; echo three; } >> .trifold/control/take
          printf 'four' | dd of=.trifold/control/take bs=1 2> /dev/null
          ! cp /dev/stdin .trifold/control/take <<< bad
          ! chmod 666 .trifold/control/take 2> /dev/null
          ! rm .trifold/control/take 2> /dev/null
          ! mkdir .trifold/control/d 2> /dev/null
          """);
      List<String> taken = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        taken.add(fixture.below.virtual.taken.poll(30, TimeUnit.SECONDS));
      }
      assertThat(taken).containsExactly("one\n", "two\nthree\n", "four");
    }
  }

  @ParameterizedTest
  @EnumSource(MountFixture.Way.class)
  void whoWaitsHoldsUpNobodyAndCanBeInterrupted(MountFixture.Way way) throws Exception {
    try (MountFixture fixture = new MountFixture(way, directory, "propagated /pages/\n")) {
      Path wait = fixture.mount.resolve(".trifold/wait");
      List<Process> waiting = new ArrayList<>();
      try {
        for (int i = 0; i < MANY; i++) {
          waiting.add(reader(wait.resolve(i % 2 == 0 ? "never" : "soon"), i));
        }
        await(() -> fixture.below.virtual.waiting.get() == MANY);

        Path file = Files.writeString(fixture.mount.resolve("file"), "text");
        assertThat(file).hasContent("text");
        assertThat(fixture.mount.resolve(".trifold/status")).hasContent("all is well");

        fixture.below.virtual.opened.add("soon");
        for (int i = 1; i < MANY; i += 2) {
          assertThat(waiting.get(i).waitFor(60, TimeUnit.SECONDS)).isTrue();
          assertThat(directory.resolve("out" + i)).hasContent("soon is open");
        }
        assertThat(fixture.below.virtual.waiting).hasValue(MANY / 2);
        for (int i = 0; i < MANY; i += 2) {
          waiting.get(i).destroy();
        }
        for (int i = 0; i < MANY; i += 2) {
          assertThat(waiting.get(i).waitFor(60, TimeUnit.SECONDS)).as("interrupted").isTrue();
        }
        await(() -> fixture.below.virtual.waiting.get() == 0);
      } finally {
        fixture.below.virtual.opened.add("never");
        waiting.forEach(Process::destroyForcibly);
      }
    }
  }

  private Process reader(Path file, int number) throws Exception {
    return new ProcessBuilder("cat", file.toString())
        .redirectErrorStream(true)
        .redirectOutput(directory.resolve("out" + number).toFile())
        .start();
  }

  private interface Condition {
    boolean holds();
  }

  private static void await(Condition condition) throws InterruptedException {
    for (int i = 0; i < 6000 && !condition.holds(); i++) {
      Thread.sleep(10);
    }
    assertThat(condition.holds()).isTrue();
  }

  @ParameterizedTest
  @EnumSource(MountFixture.Way.class)
  void aMountEndsThoughSomebodyWaits(MountFixture.Way way) throws Exception {
    Process reader;
    try (MountFixture fixture = new MountFixture(way, directory, "propagated /pages/\n")) {
      reader = reader(fixture.mount.resolve(".trifold/wait/never"), 0);
      await(() -> fixture.below.virtual.waiting.get() == 1);
    }
    try {
      assertThat(reader.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(reader.exitValue()).isNotZero();
      assertThat(Files.readString(directory.resolve("out0"), StandardCharsets.UTF_8))
          .contains("never");
    } finally {
      reader.destroyForcibly();
    }
  }
}
