package io.trifold.replica;

import static io.trifold.replica.Host.assertSame;
import static io.trifold.replica.Host.eventually;
import static io.trifold.replica.Host.quiet;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

  private void restored(Map<String, String> before) throws Exception {
    eventually("a new epoch begins", () -> farm.epochs.size() > 1);
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

    eventually("a new epoch begins", () -> farm.epochs.size() > 1);
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
    eventually("a new epoch begins", () -> farm.epochs.size() > 1);
    quiet(one);
    two.start();

    assertSame(one, two);
    assertThat(two.read("d/edited")).isEqualTo("new");
  }

  @Test
  void theNewestOfTheLostVersionsWinsWhoeverComesFirst() throws Exception {
    long kept = farm.head();
    one.write("d/edited", "newer");
    assertSame(one, two);
    two.close();
    one.write("d/edited", "newest");
    quiet(one);
    one.close();

    farm.rewind(kept);
    two.start();
    eventually("a new epoch begins", () -> farm.epochs.size() > 1);
    quiet(two);
    one.start();

    assertSame(one, two);
    assertThat(two.read("d/edited")).isEqualTo("newest");
  }
}
