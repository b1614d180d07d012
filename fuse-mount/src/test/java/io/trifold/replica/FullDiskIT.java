package io.trifold.replica;

import static io.trifold.replica.Host.assertSame;
import static io.trifold.replica.Host.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Small filesystems that fill up under a host. */
class FullDiskIT {
  @TempDir Path directory;
  private MemoryFarm farm;
  private Host one;
  private Host two;

  @BeforeEach
  void make() throws Exception {
    Assumptions.assumeTrue(
        "true".equals(System.getenv("CI")) || Files.isWritable(Path.of("/proc/1/mem")),
        "needs root, to mount");
    farm = new MemoryFarm();
    one = new Host("one", directory, farm.source());
    two = new Host("two", directory, farm.source());
  }

  @AfterEach
  void stop() throws Exception {
    one.close();
    two.close();
    for (Path place : List.of(one.state, two.root)) {
      if (Files.readString(Path.of("/proc/self/mounts")).contains(" " + place + " ")) {
        run("umount", "-l", place.toString());
      }
    }
  }

  private static void run(String... command) throws Exception {
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }

  private static void small(Path place) throws Exception {
    run("mount", "-t", "tmpfs", "-o", "size=2m", "small", place.toString());
  }

  private static Path fill(Path place) throws IOException {
    Path filler = place.resolve("filler.tmp");
    try (var out = Files.newOutputStream(filler)) {
      byte[] block = new byte[4096];
      while (true) {
        out.write(block);
      }
    } catch (IOException e) {
      return filler;
    }
  }

  @Test
  void aJournalWhoseDiskIsFullWaitsForSpaceAndLosesNothing() throws Exception {
    small(one.state);
    one.start();
    two.start();
    one.write("before", "x");
    assertSame(one, two);

    Path filler = fill(one.state);
    for (int i = 0; i < 3000; i++) {
      one.write("while-full-" + i, "content " + i);
    }
    eventually("it waits", () -> one.status().state().startsWith("waiting for space: "));
    assertThatThrownBy(() -> one.replica().persist("while-full-1"))
        .isInstanceOfSatisfying(
            ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOSPC));
    Files.delete(filler);

    assertSame(one, two);
    assertThat(two.read("while-full-2999")).isEqualTo("content 2999");
  }

  @Test
  void whatDoesNotFitOnTheDiskIsParkedUntilThereIsSpace() throws Exception {
    small(two.root);
    one.start();
    two.start();
    one.write("small", "x");
    assertSame(one, two);
    Path filler = fill(two.root);

    one.write("large", new byte[300_000]);
    eventually("it is parked", () -> two.status().parked().size() == 1);
    assertThat(two.has("large")).isFalse();
    assertThat(two.status().parked().get(0).reason()).contains("ENOSPC");
    Files.delete(filler);

    assertSame(one, two);
  }

  @Test
  void noMoreChangesThanTheLimitWaitWhileTheQueueIsAway() throws Exception {
    one.upkeep = new Upkeep(0, Duration.ofMinutes(1), 50, 5);
    one.start();
    two.start();
    one.write("a", "x");
    assertSame(one, two);
    farm.faults =
        (host, operation, after) -> {
          throw MemoryFarm.unreachable();
        };
    eventually("the queue is away", () -> one.status().state().startsWith("away"));
    for (int i = 0; i < 5; i++) {
      one.replica().admit("waits-" + i);
      one.write("waits-" + i, "x");
    }
    assertThatThrownBy(() -> one.replica().admit("one-more"))
        .isInstanceOfSatisfying(
            ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOSPC));
    one.replica().admit("waits-3");
    assertThat(one.status().state()).contains("the journal is full");
    farm.faults = MemoryFarm.Faults.NONE;

    assertSame(one, two);
    one.replica().admit("one-more");
  }
}
