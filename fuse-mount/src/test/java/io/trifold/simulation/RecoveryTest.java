package io.trifold.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.posix.ErrnoException;
import io.trifold.queue.QueueException;
import io.trifold.replica.MemoryJournal;
import io.trifold.replica.SteppedReplica;
import io.trifold.rules.RuleException;
import io.trifold.rules.RuleSet;
import io.trifold.simulation.machine.Crash;
import io.trifold.simulation.machine.Filesystem;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What the simulation has found once, step by step. */
class RecoveryTest {
  private static final int ROUNDS = 20;

  private final LogModel log = new LogModel(Set.of(), doing -> {});
  private long now = 1_700_000_000_000_000_000L;
  private long processes;

  private final Machine one = new Machine("one", 1);
  private final Machine two = new Machine("two", 2);
  private final Machine three = new Machine("three", 3);

  /** A host whose process does what it is told to, and dies where it is told to. */
  private final class Machine {
    final String name;
    Filesystem files = new Filesystem(() -> now);
    MemoryJournal journal;
    SteppedReplica process;
    boolean away;
    private Life life;

    Machine(String name, int number) {
      this.name = name;
      this.journal = new MemoryJournal(new UUID(0, number));
    }

    /** Does something, or dies, when the process is at this. */
    private final class Life implements LogModel.Wire {
      Optional<String> at = Optional.empty();
      Runnable then = () -> {};
      Optional<String> delayed = Optional.empty();
      boolean over;

      @Override
      public void pass(String doing) {
        now += 1_000_000;
        if (!over && at.filter(doing::startsWith).isPresent()) {
          at = Optional.empty();
          then.run();
        }
        if (over) {
          throw new Crash();
        }
      }

      @Override
      public void request(String operation) throws QueueException.Unreachable {
        if (away) {
          throw new QueueException.Unreachable("away", null);
        }
      }

      @Override
      public boolean delays(String operation) {
        boolean now = delayed.filter(operation::equals).isPresent();
        if (now) {
          delayed = Optional.empty();
          away = true;
        }
        return now;
      }

      @Override
      public void reply(String operation) {}
    }

    Machine start() throws RuleException {
      life = new Life();
      process =
          new SteppedReplica(
              new SteppedReplica.Machine(
                  name,
                  files,
                  new Filesystem(() -> now),
                  journal,
                  RuleSet.parse("test.rules", Names.RULES).root(),
                  () -> Instant.ofEpochSecond(now / 1_000_000_000L, now % 1_000_000_000L),
                  path -> false,
                  1,
                  Instant.EPOCH),
              log.source(life),
              life,
              SteppedReplica.UNSEEN,
              Set.of(),
              ++processes);
      assertThat(process.start()).isEqualTo(SteppedReplica.Turn.BUSY);
      return this;
    }

    void when(String doing, Runnable then) {
      life.at = Optional.of(doing);
      life.then = then;
    }

    /**
     * The next request of this kind is not answered, arrives when the log says so, and is the last
     * before the log is away.
     */
    void delay(String operation) {
      life.delayed = Optional.of(operation);
    }

    void dieAt(String doing) {
      Life dying = life;
      when(doing, () -> dying.over = true);
    }

    void applyAndDie() {
      try {
        process.apply();
      } catch (Crash e) {
        return;
      }
      throw new AssertionError("it lives");
    }

    void captureAndDie() {
      try {
        for (int i = 0; i < ROUNDS; i++) {
          process.capture();
        }
      } catch (Crash e) {
        return;
      }
      throw new AssertionError("it lives");
    }

    void write(String path, String content) throws ErrnoException {
      now += 50_000_000;
      Filesystem.Node file =
          files.walk().containsKey(path) ? files.find(path) : files.create(path, 0644);
      files.write(file, content.getBytes(StandardCharsets.UTF_8));
      process.changed(path);
    }

    void link(String path, String name) throws ErrnoException {
      files.link(path, name);
      process.changed(path);
      process.changed(name);
    }

    void delete(String path) throws ErrnoException {
      files.unlink(path);
      process.changed(path);
    }

    void makeDirectory(String path) throws ErrnoException {
      now += 50_000_000;
      files.mkdir(path, 0755);
      process.changed(path);
    }

    void deleteDirectory(String path) throws ErrnoException {
      files.rmdir(path);
      process.changed(path);
    }

    String read(String path) {
      Filesystem.Node node = files.walk().get(path);
      return node == null ? "" : new String(node.content(), StandardCharsets.UTF_8);
    }

    void settle() {
      for (int i = 0; i < ROUNDS; i++) {
        process.apply();
        process.capture();
        now += 300_000_000;
      }
    }
  }

  private void quiet(Machine... machines) {
    for (int round = 0; round < 3; round++) {
      for (Machine machine : machines) {
        machine.settle();
      }
    }
    for (Machine machine : machines) {
      assertThat(machine.process.isQuiet(log.head(), path -> false))
          .as(machine.process.describe())
          .isTrue();
    }
  }

  @Test
  void aMachineThatWasSetBackTakesBackNothingThatItHadSent() throws Exception {
    one.start();
    two.start();
    one.write("changed", "old");
    one.write("deleted", "old");
    quiet(one, two);
    Filesystem files = one.files.copy(() -> now);
    MemoryJournal journal = one.journal.copy();
    one.write("changed", "new");
    one.write("made", "new");
    one.delete("deleted");
    quiet(one, two);
    long head = log.head();

    one.files = files;
    one.journal = journal;
    one.start();

    quiet(one, two);
    for (Machine machine : new Machine[] {one, two}) {
      assertThat(machine.read("changed")).isEqualTo("new");
      assertThat(machine.read("made")).isEqualTo("new");
      assertThat(machine.read("deleted")).isEmpty();
    }
    assertThat(log.head()).isEqualTo(head);
  }

  @Test
  void whatWasPlacedJustBeforeAKillIsNoChangeMadeHere() throws Exception {
    one.start();
    two.start();
    two.settle();
    one.write("a", "first");
    one.settle();
    two.dieAt("commit");
    two.applyAndDie();
    assertThat(two.read("a")).isEqualTo("first");
    one.write("a", "second");
    one.settle();

    two.start();

    quiet(one, two);
    assertThat(one.read("a")).isEqualTo("second");
    assertThat(two.read("a")).isEqualTo("second");
    assertThat(log.head()).isEqualTo(2);
  }

  @Test
  void whatWasLinkedJustBeforeAKillIsNoChangeMadeHere() throws Exception {
    one.start();
    two.start();
    two.settle();
    one.write("a", "first");
    one.link("a", "b");
    one.settle();
    two.dieAt("commit");
    two.applyAndDie();
    assertThat(two.read("b")).isEqualTo("first");
    one.link("a", "c");
    one.files.chmod(one.files.find("a"), 0600);
    one.process.changed("a");
    one.delete("b");
    one.write("b", "second");
    one.settle();
    long head = log.head();

    two.start();

    quiet(one, two);
    assertThat(one.read("b")).isEqualTo("second");
    assertThat(two.read("b")).isEqualTo("second");
    assertThat(log.head()).isEqualTo(head);
  }

  /** Seed 650285 of the simulation. */
  @Test
  void whatWasChangedByANameThatIsAnotherFilesWhileItIsOpenedIsSeenByTheOthers() throws Exception {
    one.start();
    two.start();
    one.write("a", "first");
    one.link("a", "b");
    quiet(one, two);
    one.files.chmod(one.files.find("b"), 0600);
    one.process.changed("b");
    one.when(
        "open b",
        () -> {
          try {
            one.delete("b");
            one.write("b", "second");
          } catch (ErrnoException e) {
            throw new AssertionError(e);
          }
        });

    quiet(one, two);

    assertThat(two.read("a")).isEqualTo("first");
    assertThat(two.read("b")).isEqualTo("second");
    assertThat(two.files.find("a").stat().permissions()).isEqualTo(0600);
  }

  @Test
  void whatWasGivenUpAndArrivesAllTheSameIsTakenForWhatItIs() throws Exception {
    one.start();
    two.start();
    quiet(one, two);
    String large = "large ".repeat(2_000);
    one.write("a", large);
    one.delay("append");
    one.settle();
    log.collect();
    one.away = false;
    one.process.apply();
    assertThat(one.process.capture()).isEqualTo(SteppedReplica.Turn.BUSY);
    two.write("b", large);
    two.settle();

    assertThat(log.arriveLate()).isZero();

    one.write("c", "later");
    quiet(one, two);
    for (Machine machine : new Machine[] {one, two}) {
      assertThat(machine.read("a")).isEqualTo(large);
      assertThat(machine.read("c")).isEqualTo("later");
    }
    assertThat(log.head()).isEqualTo(3);
  }

  @Test
  void whatWasRemovedToMakeRoomJustBeforeAKillIsNoDeleteMadeHere() throws Exception {
    one.start();
    two.start();
    one.makeDirectory("a");
    one.write("b", "text");
    quiet(one, two);
    one.deleteDirectory("a");
    one.write("a", "a file now");
    one.delete("b");
    one.makeDirectory("b");
    one.settle();
    long head = log.head();
    // The first rename of these is the one for which the old one had to be removed.
    two.dieAt("rename .trifold/staging");
    two.applyAndDie();
    assertThat(List.of("a", "b")).filteredOn(two.files.walk()::containsKey).hasSize(1);

    two.start();

    quiet(one, two);
    for (Machine machine : new Machine[] {one, two}) {
      assertThat(machine.read("a")).isEqualTo("a file now");
      assertThat(machine.files.walk().get("b").isDirectory()).isTrue();
    }
    assertThat(log.head()).isEqualTo(head);
  }

  @Test
  void norIsItWhenTheLogIsAwayAtTheNextStart() throws Exception {
    one.start();
    two.start();
    one.write("a", "first");
    one.settle();
    two.dieAt("commit");
    two.applyAndDie();
    one.write("a", "second");
    one.settle();

    two.away = true;
    two.start();
    two.settle();
    two.away = false;

    quiet(one, two);
    assertThat(one.read("a")).isEqualTo("second");
    assertThat(two.read("a")).isEqualTo("second");
    assertThat(log.head()).isEqualTo(2);
  }

  @Test
  void anEditThatComesBackDoesNotTakeANewerOneAway() throws Exception {
    one.start();
    two.start();
    three.start();
    one.write("a", "base");
    quiet(one, two, three);
    two.write("a", "edited by two");
    two.settle();
    three.settle();
    one.delete("a");
    one.process.capture();
    three.settle();
    three.write("a", "newer, by three");
    three.settle();

    quiet(one, two, three);

    for (Machine machine : new Machine[] {one, two, three}) {
      assertThat(machine.read("a")).isEqualTo("newer, by three");
    }
  }

  @Test
  void anOwnChangeIsNotSentAgainOverWhatOthersMadeOfIt() throws Exception {
    one.start();
    two.start();
    quiet(one, two);
    one.write("a", "by one");
    Machine.Life dying = one.life;
    one.when(
        "append done",
        () -> {
          one.process.apply();
          dying.over = true;
        });
    one.captureAndDie();
    two.settle();
    two.write("a", "by two");
    two.settle();

    one.start();

    quiet(one, two);
    assertThat(one.read("a")).isEqualTo("by two");
    assertThat(two.read("a")).isEqualTo("by two");
    assertThat(log.head()).isEqualTo(2);
  }

  @Test
  void aDeletedTreeStaysDeletedWhereSomethingInItIsBeingLookedAt() throws Exception {
    one.start();
    two.start();
    one.makeDirectory("d");
    one.write("d/a", "content");
    quiet(one, two);
    two.delete("d/a");
    two.deleteDirectory("d");
    two.settle();
    one.process.changed("d/a"); // and nothing else: apply comes first

    one.process.apply();
    quiet(one, two);

    for (Machine machine : new Machine[] {one, two}) {
      assertThat(machine.files.walk()).doesNotContainKeys("d", "d/a");
    }
  }

  @Test
  void aDeletedTreeComesBackForWhatWasChangedInIt() throws Exception {
    one.start();
    two.start();
    one.makeDirectory("d");
    one.write("d/a", "content");
    one.write("d/b", "content");
    quiet(one, two);
    two.delete("d/a");
    two.delete("d/b");
    two.deleteDirectory("d");
    two.settle();
    one.write("d/a", "changed");

    one.process.apply();
    quiet(one, two);

    for (Machine machine : new Machine[] {one, two}) {
      assertThat(machine.read("d/a")).isEqualTo("changed");
      assertThat(machine.files.walk()).doesNotContainKey("d/b");
    }
  }

  @Test
  void aDirectoryThatWasKeptGoesWithTheLastThingInIt() throws Exception {
    one.start();
    two.start();
    one.makeDirectory("d");
    quiet(one, two);
    two.deleteDirectory("d");
    two.settle();
    one.write("d/a", "never seen by the log");
    one.process.apply();
    one.files.unlink("d/a"); // as a loss of power takes it, and its mark stays

    quiet(one, two);

    assertThat(one.files.walk()).doesNotContainKey("d");
    long head = log.head();
    two.write("d", "a file by now");
    quiet(one, two);
    assertThat(one.read("d")).isEqualTo("a file by now");
    assertThat(log.head()).isEqualTo(head + 1);
  }

  @Test
  void aKeptDirectoryThatIsRemovedHereCanBePutAgain() throws Exception {
    one.start();
    two.start();
    one.makeDirectory("d");
    quiet(one, two);
    one.files.create("d/x.tmp", 0644);
    two.deleteDirectory("d");
    quiet(one, two);
    assertThat(one.files.walk()).containsKey("d");
    one.files.unlink("d/x.tmp");
    one.deleteDirectory("d");
    quiet(one, two);

    two.makeDirectory("d");

    quiet(one, two);
    assertThat(one.files.walk()).containsKey("d");
  }

  @Test
  void aScanFindsAKeptDirectoryInWhichNothingIsLeft() throws Exception {
    one.start();
    two.start();
    one.makeDirectory("d");
    quiet(one, two);
    one.files.create("d/x.tmp", 0644);
    two.deleteDirectory("d");
    quiet(one, two);
    one.files.unlink("d/x.tmp");

    one.start();

    quiet(one, two);
    assertThat(one.files.walk()).doesNotContainKey("d");
  }
}
