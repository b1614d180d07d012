package io.trifold.farm;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AfterFilesTest {
  @TempDir Path directory;
  private AfterFiles afterFiles;

  @AfterEach
  void close() {
    afterFiles.close();
  }

  /** It takes such data, writes them to a file, and succeeds if another file is there. */
  private void declare(String data, Duration again) {
    CallDeclaration call =
        new CallDeclaration(
            "clear",
            new CallAction.Command(List.of("/bin/sh", "-c", "cat >>seen; test -e good")),
            Optional.empty(),
            "",
            Duration.ofMinutes(1),
            CallOrder.AT_ONCE,
            Map.of(),
            Optional.of(new CallDeclaration.Form(Pattern.compile(data))),
            new CallDeclaration.ControlFile(Optional.empty(), 0));
    Map<String, CallDeclaration> declared = Map.of("clear", call);
    afterFiles =
        new AfterFiles(
            new CallActions(new UnmountedFarmHost(directory), declared), declared, again);
  }

  private List<String> seen() throws Exception {
    Path seen = directory.resolve("seen");
    return Files.exists(seen) ? Files.readAllLines(seen) : List.of();
  }

  @Test
  void whatACallFailedForIsGivenToItAgainWithTheNextOnes() throws Exception {
    declare("(?s).*", AfterFiles.AGAIN);
    afterFiles.applied(List.of("a", "plain", "b"), path -> path.equals("plain") ? "" : "clear");
    assertThat(seen()).containsExactly("a", "b");
    assertThat(afterFiles.lastError()).contains("clear: exit code 1", "again for 2 paths");

    Files.writeString(directory.resolve("good"), "");
    afterFiles.applied(List.of("c", "a"), path -> "clear");
    assertThat(seen()).containsExactly("a", "b", "a", "b", "c");
    assertThat(afterFiles.lastError()).isEmpty();

    afterFiles.applied(List.of("d"), path -> "clear");
    assertThat(seen()).endsWith("c", "d");
  }

  @Test
  void whatACallFailedForIsGivenToItAgainThoughNothingElseIsApplied() throws Exception {
    declare("(?s).*", Duration.ofMillis(50));
    afterFiles.applied(List.of("a"), path -> "clear");
    Files.writeString(directory.resolve("good"), "");
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!afterFiles.lastError().isEmpty() && System.nanoTime() < end) {
      Thread.sleep(10);
    }
    assertThat(afterFiles.lastError()).isEmpty();
    assertThat(seen()).hasSizeGreaterThan(1).containsOnly("a");
  }

  @Test
  void whatItIsNotToTakeIsNotGivenToIt() throws Exception {
    Files.writeString(directory.resolve("good"), "");
    declare("([a-z]+\n)*", AfterFiles.AGAIN);
    afterFiles.applied(List.of("x\ny", "z"), path -> "clear");
    assertThat(seen()).containsExactly("z");
    assertThat(afterFiles.lastError()).isEmpty();

    afterFiles.applied(List.of("UPPER"), path -> "clear");
    assertThat(seen()).containsExactly("z");
    assertThat(afterFiles.lastError()).contains("its data must look like");
  }
}
