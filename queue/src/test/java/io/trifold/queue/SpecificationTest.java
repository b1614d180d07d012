package io.trifold.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tlc2.TLC;

/**
 * The written protocol, {@code src/spec/Propagation.tla}, in all its histories of three hosts, two
 * files, two writes and a crash: what must hold does, and without any one of its guards it does
 * not.
 */
@Tag("once")
class SpecificationTest {
  private static final Path SPECIFICATION = Path.of("src/spec/Propagation.tla");
  private static final List<String> GUARDS =
      List.of(
          "Locked",
          "ProducerChecked",
          "BaseCompared",
          "SessionChecked",
          "PlacedFirst",
          "LookedAgain",
          "CaughtUpFirst",
          "Scanned");
  private static final long LIMIT_MINUTES = 10;

  @TempDir Path directory;

  @Test
  void whatMustHoldDoes() throws Exception {
    assertThat(check(Optional.empty())).contains("No error has been found");
  }

  @ParameterizedTest
  @MethodSource("guards")
  void itDoesNotHoldWithout(String guard) throws Exception {
    assertThat(check(Optional.of(guard))).containsPattern("Invariant \\w+ is violated");
  }

  static List<String> guards() {
    return GUARDS;
  }

  private String check(Optional<String> left) throws Exception {
    Files.copy(SPECIFICATION, directory.resolve("Propagation.tla"));
    Files.writeString(directory.resolve("Propagation.cfg"), configuration(left));
    Path output = directory.resolve("output");
    Path tools = Path.of(TLC.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    Process checker =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:+UseParallelGC",
                "-cp",
                tools.toString(),
                "tlc2.TLC",
                "-workers",
                "2",
                "Propagation")
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(checker.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES)).isTrue();
    } finally {
      checker.destroyForcibly();
    }
    return text(output);
  }

  private static String text(Path output) throws IOException {
    return Files.readString(output);
  }

  private static String configuration(Optional<String> left) {
    StringBuilder text = new StringBuilder("SPECIFICATION Spec\nCONSTANTS\n");
    text.append("h1 = h1\nh2 = h2\nh3 = h3\nf1 = f1\nf2 = f2\n");
    text.append("Hosts = {h1, h2, h3}\nFiles = {f1, f2}\nMaxWrites = 2\nMaxCrashes = 1\n");
    for (String guard : GUARDS) {
      boolean holds = left.filter(guard::equals).isEmpty();
      text.append(guard).append(holds ? " = TRUE\n" : " = FALSE\n");
    }
    return text.append("SYMMETRY Symmetry\nCHECK_DEADLOCK FALSE\nINVARIANTS Numbers ")
        .append("NothingReplacedUnseen NothingInvented NothingVanishes PositionHonest TreesEqual\n")
        .toString();
  }
}
