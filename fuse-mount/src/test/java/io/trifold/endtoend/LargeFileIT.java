package io.trifold.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.inspect.StatusText;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that are much larger than a daemon's memory: {@code -Dlarge.mib=5120}. */
class LargeFileIT {
  private static final int MIB = Integer.getInteger("large.mib", 32);
  private static final int LARGEST_RESIDENT_KIB = 400 * 1024;
  private static final Pattern RESIDENT = Pattern.compile("(?m)^VmHWM:\\s+(\\d+) kB");

  @TempDir Path directory;

  private TwoHosts farm;
  private Process sender;
  private Process receiver;

  private void layOut(String transport) throws Exception {
    Requirements.mounts();
    farm = TwoHosts.in(directory, transport, "propagated /pages/\n");
    sender = farm.first().mountInForeground();
    receiver = farm.second().mountInForeground();
    Files.createDirectories(one("pages"));
  }

  @AfterEach
  void takeAway() throws Exception {
    if (farm != null) {
      farm.stop();
    }
  }

  private Path one(String path) {
    return farm.first().root().resolve(path);
  }

  private Path two(String path) {
    return farm.second().root().resolve(path);
  }

  private static void writeLarge(Path file, int seed) throws IOException {
    byte[] block = new byte[1 << 20];
    Random random = new Random(seed);
    try (OutputStream out = Files.newOutputStream(file)) {
      for (int i = 0; i < MIB; i++) {
        random.nextBytes(block);
        out.write(block);
      }
    }
  }

  private static boolean isThere(Path file, Path original) throws IOException {
    return Files.exists(file) && Files.size(file) == Files.size(original);
  }

  private static String status(Host host, String key) throws IOException {
    return StatusText.parse(Files.readString(host.root().resolve(".trifold/status")))
        .get(key)
        .orElse("");
  }

  private static int largestResident(Process daemon) throws IOException {
    String status = Files.readString(Path.of("/proc/" + daemon.pid() + "/status"));
    Matcher matcher = RESIDENT.matcher(status);
    assertThat(matcher.find()).isTrue();
    return Integer.parseInt(matcher.group(1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"kernel", "jnr"})
  void itArrivesWholeWithSmallOnesBesideItInBoundedMemory(String transport) throws Exception {
    layOut(transport);
    writeLarge(one("pages/large"), 1);
    for (int i = 0; i < 100; i++) {
      Files.writeString(one("pages/small " + i), "small " + i);
    }
    Eventually.passes(() -> assertThat(two("pages/small 99")).hasContent("small 99"));
    while (!isThere(two("pages/large"), one("pages/large"))) {
      assertThat(List.of(sender.isAlive(), receiver.isAlive())).containsOnly(true);
      Thread.sleep(20);
    }
    assertThat(Files.mismatch(one("pages/large"), two("pages/large"))).isEqualTo(-1);
    assertThat(largestResident(sender)).isLessThan(LARGEST_RESIDENT_KIB);
    assertThat(largestResident(receiver)).isLessThan(LARGEST_RESIDENT_KIB);
  }

  private void awaitStatus(Host host, String key, String value) throws Exception {
    Eventually.passes(() -> assertThat(status(host, key)).startsWith(value));
  }

  @Test
  void itArrivesThoughTheDatabaseGoesAwayAndBothDaemonsAreKilledOnItsWay() throws Exception {
    layOut("kernel");
    writeLarge(one("pages/large"), 2);
    awaitStatus(farm.first(), "pending", "1");
    farm.stopDatabase();
    awaitStatus(farm.first(), "state", "away");
    awaitStatus(farm.first(), "pending", "1");
    farm.startDatabase();
    Host.kill(sender);
    sender = farm.first().mountInForeground();

    awaitStatus(farm.second(), "deferred", "1");
    Host.kill(receiver);
    receiver = farm.second().mountInForeground();

    Eventually.passes(() -> assertThat(isThere(two("pages/large"), one("pages/large"))).isTrue());
    assertThat(Files.mismatch(one("pages/large"), two("pages/large"))).isEqualTo(-1);
    try (Stream<Path> there = Files.list(two("pages"))) {
      assertThat(there).hasSize(1);
    }
  }
}
