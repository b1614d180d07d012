package io.trifold.replica;

import static io.trifold.replica.Host.assertSame;
import static io.trifold.replica.Host.eventually;
import static io.trifold.replica.Host.quiet;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Large files and small ones at once. */
class LargeFilesTest extends TwoHosts {
  private static final int LENGTH = (int) LargeFiles.LARGE + 12345;

  private final CountDownLatch gate = new CountDownLatch(1);

  @AfterEach
  void open() {
    gate.countDown();
  }

  private static byte[] random(int seed) {
    byte[] bytes = new byte[LENGTH];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  /** Calls of this kind by this host hang until the gate is opened. */
  private void hang(String host, String operation) {
    farm.faults =
        (at, what, after) -> {
          if (at.equals(host) && what.equals(operation) && !after) {
            try {
              gate.await();
            } catch (InterruptedException e) {
              throw new AssertionError(e);
            }
          }
        };
  }

  private CompletableFuture<?> waitOnTwo() throws Exception {
    LogPosition position = one.replica().positions().current(Duration.ofMinutes(1), () -> false);
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return two.replica().positions().await(position, Duration.ofMinutes(1), () -> false);
          } catch (PositionException | InterruptedException e) {
            throw new AssertionError(e);
          }
        });
  }

  @Test
  void smallFilesAreNotHeldUpByALargeOneThatIsSent() throws Exception {
    hang("one", "store");
    one.write("large", random(1));
    one.mkdir("d");
    for (int i = 0; i < 20; i++) {
      one.write("d/" + i, "small " + i);
    }
    one.rename("d", "moved");
    eventually("the small ones are there", () -> two.has("moved/19") && !two.has("d"));
    assertThat(two.has("large")).isFalse();
    eventually("nothing else is on its way", () -> one.status().pending() == 1);

    gate.countDown();
    assertSame(one, two);
    assertThat(two.root.resolve("large")).hasBinaryContent(random(1));
  }

  @Test
  void smallFilesAreNotHeldUpByALargeOneThatIsFetched() throws Exception {
    hang("two", "fetch");
    one.write("large", random(1));
    eventually("the large one is in the log", () -> farm.head() == 1);
    one.write("small", "text");
    eventually("the small one is there", () -> two.has("small"));
    eventually("the position has passed both", () -> two.status().position() == 2);
    assertThat(two.has("large")).isFalse();
    assertThat(two.status().deferred()).isEqualTo(1);

    CompletableFuture<?> applied = waitOnTwo();
    Thread.sleep(80);
    assertThat(applied).as("the truth").isNotDone();
    gate.countDown();
    applied.get(60, TimeUnit.SECONDS);
    assertThat(two.root.resolve("large")).hasBinaryContent(random(1));
    assertSame(one, two);
  }

  @Test
  void aNewerVersionOrADeleteOvertakesWhatIsFetched() throws Exception {
    hang("two", "fetch");
    one.write("deleted", random(1));
    one.write("replaced", random(2));
    eventually("they are in the log", () -> farm.head() == 2);
    eventually("they are on their way", () -> two.status().deferred() == 2);
    one.delete("deleted");
    one.write("replaced", "small now");
    eventually("the newer one is there", () -> two.has("replaced"));
    assertThat(two.read("replaced")).isEqualTo("small now");
    gate.countDown();
    assertSame(one, two);
    eventually("nothing is left beside", () -> staged(two) == 0);
  }

  private static long staged(Host host) {
    try (Stream<Path> files = Files.walk(host.root.resolve(".trifold"))) {
      return files.filter(Files::isRegularFile).count();
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void aRestartBeginsTheFetchAgain() throws Exception {
    hang("two", "fetch");
    one.write("large", random(1));
    eventually("it is on its way", () -> two.status().deferred() == 1);
    farm.faults =
        (at, what, after) -> {
          if (at.equals("two") && what.equals("fetch")) {
            throw MemoryFarm.unreachable();
          }
        };
    gate.countDown();
    two.close();
    farm.faults = MemoryFarm.Faults.NONE;
    two.start();
    assertSame(one, two);
    assertThat(two.root.resolve("large")).hasBinaryContent(random(1));
  }

  @Test
  void whatHappensToALargeFileWhileItIsSentComesAfterIt() throws Exception {
    one.mkdir("d");
    one.write("d/large", random(1));
    quiet(one, two);
    hang("one", "store");
    one.write("d/large", random(2));
    one.write("gone", random(3));
    eventually("both are taken", () -> one.status().pending() == 2);
    Thread.sleep(50);
    one.delete("gone");
    one.deleteTree("d");
    one.write("d", "a file now");
    one.write("other", "not held up");
    eventually("the other is there", () -> two.has("other"));
    gate.countDown();
    assertSame(one, two);
    assertThat(two.read("d")).isEqualTo("a file now");
    assertThat(two.has("gone")).isFalse();
  }

  @Test
  void whatChangesWhileItIsSentIsSentAsItIsThen() throws Exception {
    hang("one", "store");
    one.write("large", random(1));
    eventually("it is on its way", () -> farm.calls("store") > 0);
    one.write("large", random(2));
    gate.countDown();
    assertSame(one, two);
    assertThat(two.root.resolve("large")).hasBinaryContent(random(2));
    assertThat(farm.head()).as("only what was whole").isEqualTo(1);
  }

  @Test
  void anEditOfOneByteSendsOneChunk() throws Exception {
    byte[] content = random(1);
    one.write("large", content);
    quiet(one, two);
    int chunks = farm.chunks.size();
    content[LENGTH / 2]++;
    one.write("large", content);
    eventually("it is there", () -> farm.head() == 2);
    assertSame(one, two);
    assertThat(farm.chunks.size() - chunks).isEqualTo(1);
    assertThat(two.root.resolve("large")).hasBinaryContent(content);
  }
}
