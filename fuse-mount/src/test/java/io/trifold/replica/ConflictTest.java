package io.trifold.replica;

import static io.trifold.replica.Host.assertSame;
import static io.trifold.replica.Host.eventually;
import static io.trifold.replica.Host.quiet;
import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.queue.Event;
import io.trifold.queue.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What docs/consistency.md says of changes that two hosts make without knowing each other's. */
class ConflictTest {
  private enum Policy {
    LAST_WINS("last-wins"),
    KEEP_BOTH("keep-both"),
    PRIMARY_WINS("primary-wins");

    private final String word;

    Policy(String word) {
      this.word = word;
    }
  }

  @TempDir Path directory;
  private MemoryFarm farm;

  /** Appends first. */
  private Host one;

  /** Appends later, and does not know then what the first did. */
  private Host two;

  private Policy policy;

  @BeforeEach
  void make() {
    farm = new MemoryFarm();
    one = new Host("one", directory, farm.source());
    two = new Host("two", directory, farm.source());
  }

  @AfterEach
  void stop() {
    farm.faults = MemoryFarm.Faults.NONE;
    one.close();
    two.close();
  }

  /** Under primary-wins the first host is primary and the other is a replica. */
  private void start(Policy under) throws Exception {
    policy = under;
    one.mode = under == Policy.PRIMARY_WINS ? "primary" : "replica";
    two.mode = "replica";
    for (Host host : List.of(one, two)) {
      host.rules = "propagated * conflict=" + under.word + "\nlocal cache/\nlocal *.tmp\n";
      host.start();
    }
  }

  private interface Step {
    void run() throws Exception;
  }

  /** The second host's step is appended after the first one's, without knowledge of it. */
  private void apart(Step first, Step second) throws Exception {
    assertSame(one, two);
    farm.faults =
        (host, operation, after) -> {
          if (host.equals("two")) {
            throw MemoryFarm.unreachable();
          }
        };
    second.run();
    first.run();
    quiet(one);
    farm.faults = MemoryFarm.Faults.NONE;
    assertSame(one, two);
  }

  private List<String> beside(Host host) throws IOException {
    try (Stream<Path> walk = Files.walk(host.root)) {
      return walk.map(path -> host.root.relativize(path).toString())
          .filter(path -> path.contains(".conflict-"))
          .sorted()
          .toList();
    }
  }

  private void assertBeside(String... contents) throws IOException {
    List<String> found = beside(one);
    assertThat(found).hasSize(contents.length);
    for (int i = 0; i < contents.length; i++) {
      assertThat(one.read(found.get(i))).isEqualTo(contents[i]);
    }
  }

  private Event last() {
    return farm.events().get((int) farm.head() - 1);
  }

  @ParameterizedTest
  @EnumSource
  void editAgainstEdit(Policy under) throws Exception {
    start(under);
    one.write("a.txt", "base");
    apart(() -> one.write("a.txt", "of one"), () -> two.write("a.txt", "of two"));

    assertThat(one.read("a.txt")).isEqualTo(policy == Policy.LAST_WINS ? "of two" : "of one");
    assertThat(two.status().conflicts()).isEqualTo(1);
    assertThat(farm.head()).as("decided by one event").isEqualTo(3);
    switch (policy) {
      case LAST_WINS -> assertThat(last().replaced()).isEqualTo(2);
      case KEEP_BOTH -> assertThat(last().verdict()).isEqualTo(Verdict.ASIDE);
      case PRIMARY_WINS -> assertThat(last().verdict()).isEqualTo(Verdict.GAVE_WAY);
    }
    if (policy == Policy.KEEP_BOTH) {
      assertBeside("of two");
      assertThat(beside(one).get(0)).startsWith("a.conflict-two-").endsWith(".txt");
    } else {
      assertBeside();
    }
    two.write("a.txt", "next");
    assertSame(one, two);
    assertThat(one.read("a.txt")).isEqualTo("next");
    assertThat(two.status().conflicts()).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource
  void bothMakeTheSameName(Policy under) throws Exception {
    start(under);
    apart(() -> one.write("new", "of one"), () -> two.write("new", "of two"));

    assertThat(two.read("new")).isEqualTo(policy == Policy.LAST_WINS ? "of two" : "of one");
    assertThat(beside(two)).hasSize(policy == Policy.KEEP_BOTH ? 1 : 0);
  }

  @ParameterizedTest
  @EnumSource
  void anEditOutlivesTheDeleteThatDidNotKnowIt(Policy under) throws Exception {
    start(under);
    one.write("a", "base");
    apart(() -> one.write("a", "edited"), () -> two.delete("a"));

    assertThat(two.read("a")).isEqualTo("edited");
    assertThat(last().verdict()).isEqualTo(Verdict.GAVE_WAY);
    assertBeside();
    assertThat(two.status().conflicts()).isEqualTo(1);
    two.delete("a");
    assertSame(one, two);
    assertThat(one.has("a")).isFalse();
  }

  @ParameterizedTest
  @EnumSource
  void anEditThatComesAfterTheDeleteOutlivesItUnlessThatIsThePrimarys(Policy under)
      throws Exception {
    start(under);
    one.write("a", "base");
    apart(() -> one.delete("a"), () -> two.write("a", "edited"));

    assertThat(two.has("a")).isEqualTo(policy != Policy.PRIMARY_WINS);
    assertThat(two.status().conflicts()).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource
  void theModeOfADirectoryDoesNotOutliveItsDelete(Policy under) throws Exception {
    start(under);
    one.mkdir("d");
    one.write("d/a", "a");
    apart(() -> one.chmod("d", "rwx------"), () -> two.rename("d", "moved"));
    assertThat(one.has("d")).isFalse();
    assertThat(one.read("moved/a")).isEqualTo("a");

    apart(() -> one.rename("moved", "again"), () -> two.chmod("moved", "rwx------"));
    assertThat(two.has("moved")).isFalse();
    assertThat(two.read("again/a")).isEqualTo("a");
  }

  @ParameterizedTest
  @EnumSource
  void whatIsMadeInADirectoryOutlivesItsDelete(Policy under) throws Exception {
    start(under);
    one.mkdir("d");
    one.write("d/a", "a");
    apart(
        () -> {
          one.chmod("d", "rwx------");
          one.write("d/new", "new");
        },
        () -> two.rename("d", "moved"));
    assertThat(one.read("moved/a")).isEqualTo("a");
    assertThat(one.read("d/new")).isEqualTo("new");

    apart(
        () -> one.rename("moved", "again"),
        () -> {
          two.chmod("moved", "rwx------");
          two.write("moved/new", "new");
        });
    assertThat(one.read("again/a")).isEqualTo("a");
    assertThat(one.read("moved/new")).isEqualTo("new");
  }

  @Test
  void thePrimarysDeleteTakesAwayAReplicasEdit() throws Exception {
    start(Policy.PRIMARY_WINS);
    two.close();
    two.mode = "primary";
    one.close();
    one.mode = "replica";
    one.start();
    two.start();
    one.write("a", "base");
    apart(() -> one.write("a", "edited"), () -> two.delete("a"));

    assertThat(one.has("a")).isFalse();
    assertThat(last().replaced()).isEqualTo(2);
  }

  @Test
  void betweenReplicasTheLastWins() throws Exception {
    start(Policy.PRIMARY_WINS);
    one.close();
    one.mode = "replica";
    one.start();
    one.write("a", "base");
    apart(() -> one.write("a", "of one"), () -> two.write("a", "of two"));

    assertThat(one.read("a")).isEqualTo("of two");
  }

  @ParameterizedTest
  @EnumSource
  void renameAgainstEdit(Policy under) throws Exception {
    start(under);
    one.write("old", "base");
    apart(() -> one.write("old", "edited"), () -> two.rename("old", "new"));

    assertThat(one.read("new")).isEqualTo("base");
    assertThat(one.read("old")).isEqualTo("edited");
  }

  @ParameterizedTest
  @EnumSource
  void editAgainstRename(Policy under) throws Exception {
    start(under);
    one.write("old", "base");
    apart(() -> one.rename("old", "new"), () -> two.write("old", "edited"));

    assertThat(one.read("new")).isEqualTo("base");
    assertThat(one.has("old")).isEqualTo(policy != Policy.PRIMARY_WINS);
  }

  @ParameterizedTest
  @EnumSource
  void aDirectoryHoldsItsNameAgainstAFile(Policy under) throws Exception {
    start(under);
    apart(
        () -> {
          one.mkdir("x");
          one.write("x/inside", "i");
        },
        () -> two.write("x", "a file"));

    assertThat(two.read("x/inside")).isEqualTo("i");
    if (policy == Policy.KEEP_BOTH) {
      assertBeside("a file");
    }
  }

  @ParameterizedTest
  @EnumSource
  void aDirectoryTakesItsNameFromAFile(Policy under) throws Exception {
    start(under);
    apart(
        () -> one.write("x", "a file"),
        () -> {
          two.mkdir("x");
          two.write("x/inside", "i");
        });

    assertThat(one.read("x/inside")).isEqualTo("i");
    assertThat(farm.events().stream().filter(event -> event.replaced() == 1)).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource
  void aNewerVersionComesWhileAWriterHasTheFileOpen(Policy under) throws Exception {
    start(under);
    one.write("a", "base");
    assertSame(one, two);
    two.openForWriting.add("a");
    Files.writeString(two.root.resolve("a"), "being wr");
    one.write("a", "of one");
    eventually("two defers", () -> two.status().deferred() == 1);
    assertThat(two.read("a")).isEqualTo("being wr");
    Files.writeString(two.root.resolve("a"), "being written");
    two.openForWriting.remove("a");
    two.replica().observer().changed("a");
    assertSame(one, two);

    assertThat(one.read("a")).isEqualTo(policy == Policy.LAST_WINS ? "being written" : "of one");
    if (policy == Policy.KEEP_BOTH) {
      assertBeside("being written");
    }
  }

  @ParameterizedTest
  @EnumSource
  void equalContentIsNoConflict(Policy under) throws Exception {
    start(under);
    one.write("a", "base");
    apart(() -> one.write("a", "same"), () -> two.write("a", "same"));

    assertThat(two.status().conflicts()).isZero();
    assertBeside();
  }

  @ParameterizedTest
  @EnumSource
  void namesThatDifferInCaseOrUnicodeFormAreDifferentNames(Policy under) throws Exception {
    start(under);
    one.write("Readme", "upper");
    one.write("caf\u00e9", "composed");
    assertSame(one, two);
    apart(
        () -> one.rename("Readme", "README"),
        () -> {
          two.write("readme", "lower");
          two.write("cafe\u0301", "decomposed");
        });
    two.rename("readme", "Readme");
    assertSame(one, two);

    assertThat(one.read("README")).isEqualTo("upper");
    assertThat(one.read("Readme")).isEqualTo("lower");
    assertThat(one.has("readme")).isFalse();
    assertThat(one.read("caf\u00e9")).isEqualTo("composed");
    assertThat(one.read("cafe\u0301")).isEqualTo("decomposed");
    assertThat(one.status().conflicts() + two.status().conflicts()).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void aLostReplyMakesNoSecondDecision(Policy under) throws Exception {
    start(under);
    one.write("a", "base");
    assertSame(one, two);
    AtomicBoolean lost = new AtomicBoolean();
    farm.faults =
        (host, operation, after) -> {
          if (host.equals("two") && (!operation.equals("append") || !after)) {
            throw MemoryFarm.unreachable();
          }
        };
    two.write("a", "of two");
    one.write("a", "of one");
    quiet(one);
    farm.faults =
        (host, operation, after) -> {
          if (host.equals("two") && operation.equals("append") && after && !lost.getAndSet(true)) {
            throw MemoryFarm.unreachable();
          }
        };
    assertSame(one, two);

    assertThat(lost).isTrue();
    assertThat(farm.head()).isEqualTo(3);
    assertThat(beside(one)).hasSize(policy == Policy.KEEP_BOTH ? 1 : 0);
  }

  /** The log has committed and the journal has not: the next start must find out. */
  @ParameterizedTest
  @EnumSource
  void aCrashAfterTheAppendMakesNoSecondDecision(Policy under) throws Exception {
    AtomicInteger commits = new AtomicInteger(Integer.MAX_VALUE);
    two.journals = inner -> new CrashingJournal(inner, commits);
    start(under);
    one.write("a", "base");
    assertSame(one, two);
    AtomicBoolean crashed = new AtomicBoolean();
    farm.faults =
        (host, operation, after) -> {
          if (host.equals("two") && operation.equals("read")) {
            // It must not learn of the other version before it appends.
            throw MemoryFarm.unreachable();
          }
          if (host.equals("two") && operation.equals("append") && after) {
            crashed.set(true);
            commits.set(0);
          }
        };
    one.write("a", "of one");
    quiet(one);
    two.write("a", "of two");
    eventually("it has appended", crashed::get);
    two.crash();
    farm.faults = MemoryFarm.Faults.NONE;
    two.journals = inner -> inner;
    two.start();
    assertSame(one, two);

    assertThat(one.read("a")).isEqualTo(policy == Policy.LAST_WINS ? "of two" : "of one");
    assertThat(beside(one)).hasSize(policy == Policy.KEEP_BOTH ? 1 : 0);
    if (policy == Policy.KEEP_BOTH) {
      assertBeside("of two");
    }
  }

  @Test
  void whereNoRulePropagatesTheNameBesideTheHistoryKeepsIt() throws Exception {
    policy = Policy.KEEP_BOTH;
    for (Host host : List.of(one, two)) {
      host.rules = "propagated /page conflict=keep-both\n";
      host.start();
    }
    one.write("page", "base");
    apart(() -> one.write("page", "of one"), () -> two.write("page", "of two"));

    assertThat(one.read("page")).isEqualTo("of two");
    assertBeside();
    assertThat(last().replaced()).isEqualTo(2);
  }
}
