package io.trifold.replica;

import static io.trifold.replica.Host.assertSame;
import static io.trifold.replica.Host.eventually;
import static io.trifold.replica.Host.quiet;
import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.queue.Change;
import io.trifold.queue.Event;
import io.trifold.queue.QueueException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An older state of the log is put back under hosts that know what it has lost. */
class RestoredLogTest {
  @TempDir Path directory;
  private MemoryFarm farm;
  private Host one;
  private Host two;

  @BeforeEach
  void start() throws Exception {
    farm = new MemoryFarm();
    one = new Host("one", directory, farm.source()).start();
    two = new Host("two", directory, farm.source()).start();
    one.mkdir("d");
    one.write("d/stays", "as it was");
    one.write("d/edited", "old");
    one.write("d/deleted", "x");
    one.mkdir("gone");
    one.write("gone/file", "x");
    assertSame(one, two);
  }

  @AfterEach
  void stop() {
    one.close();
    two.close();
  }

  private void changeEverything() throws Exception {
    one.write("d/edited", "new");
    two.write("d/made", "made by two");
    assertSame(one, two);
    one.delete("d/deleted");
    two.deleteTree("gone");
    one.mkdir("later");
    two.symlink("link", "d");
    two.chmod("d/stays", "rw-------");
    assertSame(one, two);
  }

  private void awaitNewEpoch() throws Exception {
    eventually("a new epoch begins", () -> farm.epochs.size() > 1);
  }

  private interface Step {
    void take() throws Exception;
  }

  /** One does something that two does not come to know of; then both are away. */
  private void byOneAlone(Step step) throws Exception {
    assertSame(one, two);
    two.close();
    step.take();
    quiet(one);
    one.close();
  }

  private void restored(Map<String, String> before) throws Exception {
    awaitNewEpoch();
    assertSame(one, two);
    assertThat(one.tree()).isEqualTo(before);
    assertThat(farm.epochs).hasSize(2);
  }

  @Test
  void whatWasLostComesBackWhileAllHostsRun() throws Exception {
    long kept = farm.head();
    changeEverything();
    Map<String, String> before = one.tree();

    farm.rewind(kept);

    restored(before);
    assertThat(one.has("gone")).isFalse();
    assertThat(one.status().conflicts() + two.status().conflicts()).isZero();
  }

  @Test
  void whatWasLostComesBackWhenTheHostsStartAgain() throws Exception {
    long kept = farm.head();
    changeEverything();
    Map<String, String> before = one.tree();
    one.close();
    two.close();

    farm.rewind(kept);
    one.start();
    two.start();

    restored(before);
  }

  @Test
  void aDeleteThatWasLostHidesNothingThatComesLater() throws Exception {
    long kept = farm.head();
    for (int i = 0; i < 20; i++) {
      one.write("d/made", "version " + i);
      quiet(one, two);
    }
    one.delete("d/made");
    assertSame(one, two);
    Map<String, String> before = one.tree();

    farm.rewind(kept);
    restored(before);
    one.write("d/made", "again");

    assertSame(one, two);
    assertThat(two.read("d/made")).isEqualTo("again");
  }

  @Test
  void aLogThatHasGrownAgainIsFoundOutAllTheSame() throws Exception {
    long kept = farm.head();
    two.close();
    Host three = new Host("three", directory, farm.source()).start();
    quiet(three);
    three.close();
    one.write("d/edited", "new");
    one.write("d/made", "x");
    quiet(one);
    one.close();

    farm.rewind(kept);
    three.start();
    for (int i = 0; i < 20; i++) {
      three.write("d/other" + i, "of the new time");
    }
    three.write("d/edited", "newer");
    quiet(three);
    two.start();
    one.start();

    awaitNewEpoch();
    assertSame(one, two);
    assertSame(one, three);
    assertThat(two.read("d/made")).isEqualTo("x");
    assertThat(one.read("d/other7")).isEqualTo("of the new time");
    three.close();
  }

  @Test
  void aHostThatKnowsNothingOfWhatWasLostGoesOnAsBefore() throws Exception {
    long kept = farm.head();
    two.close();
    one.write("d/edited", "new");
    quiet(one);

    farm.rewind(kept);
    awaitNewEpoch();
    quiet(one);
    two.start();

    assertSame(one, two);
    assertThat(two.read("d/edited")).isEqualTo("new");
  }

  @Test
  void theNewestOfTheLostVersionsWinsWhoeverComesFirst() throws Exception {
    long kept = farm.head();
    one.write("d/edited", "newer");
    byOneAlone(() -> one.write("d/edited", "newest"));

    farm.rewind(kept);
    two.start();
    awaitNewEpoch();
    quiet(two);
    one.start();

    assertSame(one, two);
    assertThat(two.read("d/edited")).isEqualTo("newest");
  }

  @Test
  void anOlderLostVersionGivesWayThoughItsHostCameFirstAndAppendsLast() throws Exception {
    long kept = farm.head();
    one.write("d/edited", "newer");
    byOneAlone(() -> one.write("d/edited", "newest"));
    farm.rewind(kept);

    // Two has claimed what it knows, and is held up on its way.
    CountDownLatch claimed = new CountDownLatch(1);
    CountDownLatch released = new CountDownLatch(1);
    farm.faults =
        (host, operation, after) -> {
          if (host.equals("two") && operation.equals("append") && !after) {
            claimed.countDown();
            await(released);
          }
        };
    two.start();
    await(claimed);
    one.start();
    eventually("one has put its version back", () -> has(farm.events(), "newest"));
    released.countDown();

    assertSame(one, two);
    assertThat(two.read("d/edited")).isEqualTo("newest");
  }

  @Test
  void aLostDeleteIsDoneAgainThoughAnotherHostHasPutBackWhatItDeleted() throws Exception {
    long kept = farm.head();
    one.write("d/made", "x");
    byOneAlone(() -> one.delete("d/made"));

    farm.rewind(kept);
    two.start();
    awaitNewEpoch();
    quiet(two);
    one.start();

    assertSame(one, two);
    assertThat(two.has("d/made")).isFalse();
    assertThat(one.status().conflicts() + two.status().conflicts()).isZero();
  }

  @Test
  void aLostDeleteStandsThoughAnotherHostKnowsWhatItDeleted() throws Exception {
    long kept = farm.head();
    one.write("d/made", "x");
    assertSame(one, two);
    two.close();
    one.delete("d/made");
    quiet(one);

    farm.rewind(kept);
    awaitNewEpoch();
    quiet(one);
    two.start();

    assertSame(one, two);
    assertThat(two.has("d/made")).isFalse();
  }

  @Test
  void whatIsAsItWasBeforeStandsOverWhatCameBetween() throws Exception {
    one.write("d/again", "x");
    one.write("d/back", "as before");
    Instant time = Files.getLastModifiedTime(one.root.resolve("d/back")).toInstant();
    one.delete("d/again");
    assertSame(one, two);
    long kept = farm.head();
    one.write("d/again", "x");
    one.write("d/back", "between");
    assertSame(one, two);
    two.close();
    one.delete("d/again");
    one.write("d/back", "as before");
    one.touch("d/back", time);
    quiet(one);

    farm.rewind(kept);
    two.start();
    awaitNewEpoch();

    assertSame(one, two);
    assertThat(two.has("d/again")).isFalse();
    assertThat(two.read("d/back")).isEqualTo("as before");
  }

  @Test
  void aDeleteOfWhatWasLostStandsOverWhatAnotherHostPutsBack() throws Exception {
    long kept = farm.head();
    one.write("d/made", "x");
    assertSame(one, two);
    one.close();
    Files.delete(one.root.resolve("d/made"));

    farm.rewind(kept);
    awaitNewEpoch();
    quiet(two);
    one.start();

    assertSame(one, two);
    assertThat(two.has("d/made")).isFalse();
  }

  @Test
  void aLostVersionGivesWayAlsoAfterACrashBeforeItWasPutBack() throws Exception {
    long kept = farm.head();
    one.write("d/made", "x");
    one.write("d/edited", "newer");
    byOneAlone(
        () -> {
          one.delete("d/made");
          one.write("d/edited", "newest");
        });
    farm.rewind(kept);

    CountDownLatch claimed = new CountDownLatch(1);
    farm.faults =
        (host, operation, after) -> {
          if (host.equals("two") && operation.equals("append") && !after) {
            claimed.countDown();
            throw new QueueException.Unreachable("cut off", null);
          }
        };
    two.start();
    await(claimed);
    two.crash();
    one.start();
    quiet(one);
    farm.faults = MemoryFarm.Faults.NONE;
    two.start();

    assertSame(one, two);
    assertThat(two.has("d/made")).isFalse();
    assertThat(two.read("d/edited")).isEqualTo("newest");
  }

  /** In it, a host compares itself with the log as it is now, and puts back what it has. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8})
  void whereverACrashComesTheNewestOfTheLostVersionsStands(int commits) throws Exception {
    long kept = farm.head();
    one.write("d/made", "x");
    one.write("d/edited", "newer");
    one.write("d/of-two", "old");
    assertSame(one, two);
    two.write("d/of-two", "new");
    two.delete("d/deleted");
    byOneAlone(
        () -> {
          one.delete("d/made");
          one.write("d/edited", "newest");
        });
    farm.rewind(kept);

    AtomicInteger left = new AtomicInteger(commits);
    two.journals = journal -> new CrashingJournal(journal, left);
    try {
      two.start();
    } catch (JournalException e) {
      assertThat(e).hasMessageContaining("crash");
    }
    eventually("the crash came", () -> left.get() < 0 || two.status().state().equals("live"));
    two.crash();
    one.start();
    quiet(one);
    two.journals = journal -> journal;
    two.start();

    assertSame(one, two);
    assertThat(two.has("d/made")).isFalse();
    assertThat(two.has("d/deleted")).isFalse();
    assertThat(two.read("d/edited")).isEqualTo("newest");
    assertThat(one.read("d/of-two")).isEqualTo("new");
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static boolean has(List<Event> events, String content) {
    return events.stream()
        .anyMatch(
            event ->
                event.change() instanceof Change.PutFile file
                    && file.content() instanceof Change.Content.Inline inline
                    && new String(inline.bytes(), StandardCharsets.UTF_8).equals(content));
  }
}
