package io.trifold.replica;

import static io.trifold.replica.Host.assertSame;
import static io.trifold.replica.Host.eventually;
import static io.trifold.replica.Host.quiet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.queue.Change;
import io.trifold.queue.Digest;
import io.trifold.queue.Event;
import io.trifold.queue.Metadata;
import io.trifold.queue.QueueException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Two hosts and a log in memory. */
class ReplicaTest extends TwoHosts {
  private static final Metadata PLAIN = new Metadata(0644, "root", "root", 1_000_000, 5);

  @Test
  void everyKindOfChangeArrives() throws Exception {
    one.write("page.txt", "hello");
    one.mkdir("pages");
    one.write("pages/a.txt", "a");
    one.write("pages/big", random(3 * FileContent.CHUNK_LENGTH + 17));
    one.write("empty", "");
    one.symlink("link", "pages/a.txt");
    one.chmod("page.txt", "rw-r-----");
    one.chmod("pages", "rwxrwx---");
    one.chown("pages/a.txt", 33, 4);
    one.touch("page.txt", Instant.parse("2001-02-03T04:05:06.123456789Z"));
    assertSame(one, two);
    assertThat(Files.getLastModifiedTime(two.root.resolve("page.txt")).toInstant())
        .isEqualTo(Instant.parse("2001-02-03T04:05:06.123456789Z"));

    two.write("page.txt", "from two");
    two.delete("empty");
    two.rename("pages", "moved");
    two.delete("link");
    two.mkdir("link");
    assertSame(two, one);
    assertThat(one.read("moved/a.txt")).isEqualTo("a");
    assertThat(one.read("page.txt")).isEqualTo("from two");
    assertThat(one.has("pages")).isFalse();
  }

  @Test
  void whatCaptureNotesOfItsOwnEventOutlastsWhatApplyNotes() throws Exception {
    AtomicReference<Journal> journal = new AtomicReference<>();
    List<String> told = readBeforeItIsNoted("a", journal);

    quiet(one, two);
    assertThat(journal.get().entry("a").orElseThrow().signature()).isPresent();
    assertThat(told).as("what is done after apply").containsExactly("a");
  }

  /**
   * Has host one write a file, and its apply read the event of it before its capture has noted it.
   *
   * @return what the host was told to be applied
   */
  private List<String> readBeforeItIsNoted(String path, AtomicReference<Journal> journal)
      throws Exception {
    List<String> told = new CopyOnWriteArrayList<>();
    CountDownLatch applyHasRead = new CountDownLatch(1);
    CountDownLatch captureHasNoted = new CountDownLatch(1);
    one.close();
    one.afterApply = told::addAll;
    one.journals =
        real -> {
          journal.set(real);
          return HeldJournal.of(
              real,
              update -> {
                if (update.standing().isPresent() && update.entry(path).isPresent()) {
                  applyHasRead.countDown();
                  captureHasNoted.await();
                } else if (update.entry(path).isPresent()) {
                  applyHasRead.await();
                }
              },
              update -> {
                if (update.standing().isEmpty() && update.entry(path).isPresent()) {
                  captureHasNoted.countDown();
                }
              });
        };
    one.start();
    one.write(path, "by one");
    captureHasNoted.await();
    return told;
  }

  @Test
  void applyingMakesNoEventsOfItsOwn() throws Exception {
    one.mkdir("d");
    for (int i = 0; i < 50; i++) {
      one.write("d/" + i, "content " + i);
    }
    assertSame(one, two);
    long head = farm.head();
    two.restart();
    one.restart();
    quiet(one, two);
    one.write("after", "x");
    assertSame(one, two);
    assertThat(farm.head()).isEqualTo(head + 1);
  }

  @Test
  void unchangedContentSendsNothing() throws Exception {
    one.write("a", "same");
    one.mkdir("d");
    assertSame(one, two);
    long head = farm.head();
    one.replica().observer().changed("a");
    one.replica().observer().changed("d");
    two.replica().observer().changed("a");
    one.replica().observer().changedTree("");
    quiet(one, two);
    assertThat(farm.head()).isEqualTo(head);
  }

  @Test
  void metadataAloneCostsNoTransfer() throws Exception {
    one.write("big", random(2 * FileContent.CHUNK_LENGTH));
    assertSame(one, two);
    AtomicInteger transfers = new AtomicInteger();
    farm.faults =
        (host, operation, after) -> {
          if (operation.equals("store") || operation.equals("fetch")) {
            transfers.incrementAndGet();
          }
        };
    one.chmod("big", "rwxr-x---");
    assertSame(one, two);
    assertThat(transfers).hasValue(0);
  }

  @Test
  void aRenamedTreeIsPutBeforeItIsDeleted() throws Exception {
    one.mkdir("old");
    one.write("old/a", "a");
    one.mkdir("old/deep");
    one.write("old/deep/b", "b");
    assertSame(one, two);
    int before = (int) farm.head();
    one.rename("old", "new");
    assertSame(one, two);
    assertThat(two.has("old")).isFalse();
    List<Event> moved = farm.events().subList(before, (int) farm.head());
    List<String> puts = new ArrayList<>();
    List<String> deletes = new ArrayList<>();
    for (Event event : moved) {
      boolean put = event.change() instanceof Change.Put;
      assertThat(put && !deletes.isEmpty()).as("a put after a delete").isFalse();
      (put ? puts : deletes).add(event.change().path());
    }
    assertThat(puts).startsWith("new");
    // The directory itself comes twice: once to hold the others, once for its time.
    assertThat(Set.copyOf(puts))
        .containsExactlyInAnyOrder("new", "new/a", "new/deep", "new/deep/b");
    assertThat(deletes).containsExactlyInAnyOrder("old", "old/a", "old/deep", "old/deep/b");
    assertThat(deletes).endsWith("old");
  }

  @Test
  void aPathChangesItsKindManyTimes() throws Exception {
    one.write("x", "file");
    assertSame(one, two);
    one.delete("x");
    one.mkdir("x");
    one.write("x/inside", "i");
    one.mkdir("x/deep");
    one.write("x/deep/er", "d");
    assertSame(one, two);
    one.deleteTree("x");
    one.symlink("x", "elsewhere");
    assertSame(one, two);
    one.delete("x");
    one.mkdir("x");
    assertSame(one, two);
    one.delete("x");
    one.write("x", "file again");
    assertSame(one, two);
    assertThat(two.read("x")).isEqualTo("file again");
  }

  @Test
  void localPathsStayAndAreNotDeletedAlong() throws Exception {
    one.mkdir("d");
    one.write("d/p", "propagated");
    assertSame(one, two);
    Files.writeString(two.root.resolve("d/mine.tmp"), "mine");
    one.deleteTree("d");
    quiet(one, two);
    assertThat(two.has("d/p")).isFalse();
    assertThat(two.read("d/mine.tmp")).isEqualTo("mine");
    assertThat(two.status().keptDirectories()).isEqualTo(1);
    long head = farm.head();
    two.restart();
    quiet(one, two);
    assertThat(farm.head()).as("the kept directory is not sent back").isEqualTo(head);
    assertThat(one.has("d")).isFalse();
  }

  @Test
  void aMissingParentOfAKeptDirectoryIsSentWithWhatIsPutInIt() throws Exception {
    one.mkdir("d");
    assertSame(one, two);
    Files.writeString(two.root.resolve("d/mine.tmp"), "mine");
    one.delete("d");
    quiet(one, two);
    two.write("d/new", "n");
    quiet(one, two);
    assertThat(one.read("d/new")).isEqualTo("n");
  }

  @Test
  void theTreeIsToldWhatWasReplaced() throws Exception {
    one.write("a", "1");
    assertSame(one, two);
    assertThat(two.replaced).contains("a");
    assertThat(one.replaced).doesNotContain("a");
  }

  @Test
  void aDirectoryTimeTravelsWhenSomebodySetsIt() throws Exception {
    Instant time = Instant.parse("2011-11-11T11:11:11.111111111Z");
    one.mkdir("d");
    for (int i = 0; i < 20; i++) {
      one.write("d/" + i, "x");
    }
    one.touch("d", time);
    assertSame(one, two);
    assertThat(Files.getLastModifiedTime(two.root.resolve("d")).toInstant()).isEqualTo(time);
  }

  @Test
  void namesThatAreNotUtf8Arrive() throws Exception {
    Path named = Path.of(one.root.resolve("caf\u00e9 \u4e2d").toString());
    Files.writeString(named, "x");
    one.replica().observer().changed("caf\u00e9 \u4e2d");
    assertSame(one, two);
    assertThat(two.has("caf\u00e9 \u4e2d")).isTrue();
  }

  @Test
  void specialFilesStay() throws Exception {
    Process mkfifo = new ProcessBuilder("mkfifo", one.root.resolve("pipe").toString()).start();
    assertThat(mkfifo.waitFor()).isZero();
    one.replica().observer().changed("pipe");
    one.write("a", "x");
    quiet(one, two);
    assertThat(two.has("pipe")).isFalse();
    assertThat(one.status().specialFiles()).isEqualTo(1);
  }

  @Test
  void withTheQueueAwayChangesAreKeptAndDrainInOrder() throws Exception {
    farm.faults =
        (host, operation, after) -> {
          throw MemoryFarm.unreachable();
        };
    one.mkdir("d");
    for (int i = 0; i < 100; i++) {
      one.write("d/" + i, "away " + i);
    }
    eventually("one is away", () -> one.status().state().equals("away"));
    assertThat(one.status().pending()).isPositive();
    assertThat(one.replica().stateOf("d/7")).isEqualTo("pending");
    one.replica().observer().persist("d/7");
    farm.faults = MemoryFarm.Faults.NONE;
    assertSame(one, two);
    assertThat(two.read("d/99")).isEqualTo("away 99");
  }

  @Test
  void aRuleCanRefuseChangesWhileTheQueueIsAway() throws Exception {
    one.close();
    one.rules = "propagated * offline=journal\npropagated orders/ offline=refuse\n";
    one.start();
    one.replica().observer().admit("orders/1");
    farm.faults =
        (host, operation, after) -> {
          throw MemoryFarm.unreachable();
        };
    one.write("x", "y");
    eventually("one is away", () -> one.status().state().equals("away"));
    assertThatThrownBy(() -> one.replica().observer().admit("orders/1"))
        .isInstanceOfSatisfying(
            ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EROFS));
    one.replica().observer().admit("x");
    farm.faults = MemoryFarm.Faults.NONE;
    eventually("one is back", () -> one.status().state().equals("live"));
    one.replica().observer().admit("orders/1");
  }

  @Test
  void aLostReplyMakesNoSecondEvent() throws Exception {
    AtomicInteger lost = new AtomicInteger(3);
    farm.faults =
        (host, operation, after) -> {
          if (operation.equals("append") && after && lost.getAndDecrement() > 0) {
            throw MemoryFarm.unreachable();
          }
        };
    one.write("a", "once");
    assertSame(one, two);
    assertThat(farm.head()).isEqualTo(1);
    assertThat(lost.get()).isNotPositive();
  }

  @Test
  void theLastAppendedOfTwoEditsWins() throws Exception {
    one.write("a", "base");
    assertSame(one, two);
    farm.faults =
        (host, operation, after) -> {
          if (host.equals("two")) {
            throw MemoryFarm.unreachable();
          }
        };
    two.write("a", "from two");
    one.write("a", "from one");
    quiet(one);
    farm.faults = MemoryFarm.Faults.NONE;
    assertSame(one, two);
    assertThat(one.read("a")).isEqualTo("from two");
    assertThat(two.status().conflicts()).isEqualTo(1);
    assertThat(farm.events().get(2).replaced()).isEqualTo(2);
  }

  @Test
  void anEditComesBackFromADeleteThatDidNotKnowIt() throws Exception {
    one.write("a", "base");
    assertSame(one, two);
    farm.faults =
        (host, operation, after) -> {
          if (host.equals("two")) {
            throw MemoryFarm.unreachable();
          }
        };
    two.delete("a");
    one.write("a", "edited");
    quiet(one);
    farm.faults = MemoryFarm.Faults.NONE;
    assertSame(one, two);
    assertThat(two.read("a")).isEqualTo("edited");
    assertThat(one.read("a")).isEqualTo("edited");
  }

  @Test
  void aFileOpenForWritingIsNotReplacedUnderItsWriter() throws Exception {
    one.write("a", "base");
    assertSame(one, two);
    two.openForWriting.add("a");
    one.write("a", "from one");
    eventually("two defers", () -> two.status().deferred() == 1);
    assertThat(two.read("a")).isEqualTo("base");
    assertThat(two.status().position()).isEqualTo(2);
    two.openForWriting.remove("a");
    two.replica().observer().changed("a");
    assertSame(one, two);
    assertThat(two.read("a")).isEqualTo("from one");
  }

  @Test
  void aFailedApplyIsParkedVisiblyAndTriedAgain() throws Exception {
    Files.writeString(two.root.resolve("cache"), "a local file where a directory has to be");
    one.mkdir("cache");
    Event event =
        farm.inject(
            "three",
            UUID.randomUUID(),
            new Change.PutFile(
                "broken",
                PLAIN,
                10_000,
                Digest.sha256(new byte[10_000]),
                new Change.Content.Chunked(
                    List.of(new Change.Chunk(Digest.sha256(new byte[10_000]), 10_000)))));
    one.write("after", "x");
    eventually("two has what came after", () -> two.has("after"));
    eventually("two shows it", () -> two.status().parked().size() == 1);
    assertThat(two.status().parked().get(0).path()).isEqualTo("broken");
    assertThat(two.status().parked().get(0).reason()).contains("chunk");
    assertThat(two.replica().stateOf("broken")).startsWith("parked: ");
    assertThat(two.status().position()).isGreaterThanOrEqualTo(event.position());
    two.restart();
    eventually("two still shows it", () -> two.status().parked().size() == 1);
    farm.put(new byte[10_000]);
    eventually("two has it", () -> two.has("broken") && two.status().parked().isEmpty());
    eventually("one has it", () -> one.has("broken"));
  }

  @Test
  void whatNoHostMayAskForIsNotDone() throws Exception {
    UUID stranger = UUID.randomUUID();
    Change.Content content = new Change.Content.Inline("evil".getBytes(StandardCharsets.UTF_8));
    Digest digest = Digest.sha256("evil".getBytes(StandardCharsets.UTF_8));
    List<String> paths =
        List.of("../out", "a/../../out", "/abs", ".trifold/staging/x", "a//b", ".", "cache/x");
    for (String path : paths) {
      farm.inject("evil", stranger, new Change.PutFile(path, PLAIN, 4, digest, content));
    }
    Files.createDirectory(directory.resolve("elsewhere"));
    Files.createSymbolicLink(two.root.resolve("cache.link"), directory.resolve("elsewhere"));
    Files.createDirectory(two.root.resolve("cache"));
    farm.inject("evil", stranger, new Change.PutFile("cache.link/x", PLAIN, 4, digest, content));
    eventually("all is read", () -> two.status().position() == farm.head());
    assertThat(two.status().rejected()).isEqualTo(paths.size());
    assertThat(directory.resolve("elsewhere")).isEmptyDirectory();
    assertThat(two.root.resolve("cache")).isEmptyDirectory();
    assertThat(Files.exists(directory.resolve("out"))).isFalse();
    // Until the link, a change of this host, has given way to the directory that the other one
    // made.
    Path link = two.root.resolve("cache.link");
    eventually(
        "it is parked, or what it is to be in is there",
        () ->
            two.status().parked().size() == 1
                || Files.isDirectory(link, LinkOption.NOFOLLOW_LINKS));
    assertThat(directory.resolve("elsewhere")).isEmptyDirectory();
  }

  @Test
  void nothingIsAppliedOfALogThatIsNotTrustedAndNothingIsLost() throws Exception {
    farm.faults =
        (host, operation, after) -> {
          if (host.equals("two") && operation.equals("read")) {
            throw new QueueException.Corrupt(7, "position 7: the signature is not the farm's");
          }
        };
    one.write("a", "x");
    eventually("two waits", () -> two.status().state().startsWith("distrusts the log: "));
    assertThat(two.status().state()).contains("signature");
    two.write("b", "kept");
    two.replica().observer().persist("b");
    farm.faults = MemoryFarm.Faults.NONE;
    two.restart();
    assertSame(one, two);
    assertThat(one.read("b")).isEqualTo("kept");
  }

  @Test
  void anotherFarmsLogStopsPropagation() throws Exception {
    one.write("a", "x");
    assertSame(one, two);
    farm.epoch = UUID.randomUUID();
    farm.identity = UUID.randomUUID();
    two.restart();
    assertThat(two.status().state()).startsWith("stopped: ").contains("another farm");
    assertThat(two.has("a")).isTrue();
  }

  @Test
  void aHostThatNeverJoinedNeedsTheQueue() throws Exception {
    farm.faults =
        (host, operation, after) -> {
          throw MemoryFarm.unreachable();
        };
    Host three = new Host("three", directory, farm.source());
    assertThatThrownBy(three::start).isInstanceOf(QueueException.Unreachable.class);
    three.close();
  }

  @Test
  void aHostThatJoinedStartsWithTheQueueAway() throws Exception {
    one.write("a", "x");
    assertSame(one, two);
    farm.faults =
        (host, operation, after) -> {
          throw MemoryFarm.unreachable();
        };
    two.restart();
    assertThat(two.status().state()).isEqualTo("away");
    two.write("b", "while away");
    farm.faults = MemoryFarm.Faults.NONE;
    assertSame(one, two);
    assertThat(one.read("b")).isEqualTo("while away");
  }

  @Test
  void joiningTakesTheLogsVersionAndKeepsTheLocalOne() throws Exception {
    one.write("same", "same");
    one.write("different", "the log's");
    one.write("missing", "m");
    one.write("gone", "old content");
    one.mkdir("dir");
    one.write("dir/x", "x");
    one.mkdir("gone-dir");
    quiet(one, two);
    one.write("gone", "its last content");
    quiet(one, two);
    one.delete("gone");
    one.delete("gone-dir");
    quiet(one, two);
    Host three = new Host("three", directory, farm.source());
    Files.writeString(three.root.resolve("same"), "same");
    Files.writeString(three.root.resolve("different"), "the local one");
    Files.writeString(three.root.resolve("gone"), "old content");
    Files.createDirectory(three.root.resolve("gone-dir"));
    Files.createDirectory(three.root.resolve("dir"));
    Files.writeString(three.root.resolve("dir/mine"), "only here");
    try (three) {
      three.start();
      assertThat(three.read("different")).isEqualTo("the log's");
      assertThat(three.read("missing")).isEqualTo("m");
      assertThat(three.read("dir/x")).isEqualTo("x");
      assertThat(three.has("gone")).isFalse();
      assertThat(three.has("gone-dir")).isFalse();
      quiet(one, two, three);
      assertThat(one.read("dir/mine")).isEqualTo("only here");
      assertSame(one, three);
      assertThat(three.status().displaced()).isEqualTo(2);
      try (Stream<Path> kept = Files.walk(three.state.resolve("displaced"))) {
        assertThat(kept.filter(Files::isRegularFile).map(Host::content))
            .containsExactlyInAnyOrder("the local one", "old content");
      }
    }
  }

  @Test
  void offlineEditsOfBothSidesMeetAfterAScan() throws Exception {
    one.write("a", "1");
    one.write("b", "1");
    one.write("c", "1");
    assertSame(one, two);
    two.close();
    Files.writeString(two.root.resolve("a"), "edited with no daemon");
    Files.delete(two.root.resolve("b"));
    Files.writeString(two.root.resolve("d"), "new with no daemon");
    one.write("c", "2");
    two.start();
    assertSame(one, two);
    assertThat(one.read("a")).isEqualTo("edited with no daemon");
    assertThat(one.has("b")).isFalse();
    assertThat(one.read("d")).isEqualTo("new with no daemon");
    assertThat(two.read("c")).isEqualTo("2");
  }

  @Test
  void aPathThatBecomesPropagatedTakesTheLogsVersion() throws Exception {
    two.close();
    two.rules = "propagated *\nlocal conf\nlocal cache/\nlocal *.tmp\n";
    two.start();
    Files.writeString(two.root.resolve("conf"), "of two");
    one.write("conf", "of the farm");
    quiet(one, two);
    assertThat(two.read("conf")).isEqualTo("of two");
    assertThat(two.status().rejected()).isEqualTo(1);
    two.close();
    two.rules = Host.RULES;
    two.start();
    assertSame(one, two);
    assertThat(two.read("conf")).isEqualTo("of the farm");
    assertThat(two.status().displaced()).isEqualTo(1);
  }

  @Test
  void everyCommitOfTheJournalMayBeTheLastBeforeACrash() throws Exception {
    for (int last = 0; last < 12; last++) {
      int commits = last;
      AtomicInteger left = new AtomicInteger(commits);
      two.close();
      two.journals = journal -> new CrashingJournal(journal, left);
      try {
        two.start();
      } catch (JournalException e) {
        assertThat(e).hasMessageContaining("crash");
      }
      one.write("from-one-" + last, "1");
      if (last % 2 == 0) {
        one.write("shared", "one " + last);
      }
      Files.writeString(two.root.resolve("from-two-" + last), "2");
      two.replica().observer().changed("from-two-" + last);
      eventually("the crash came", () -> left.get() < 0 || two.status().state().equals("live"));
      two.crash();
      two.journals = journal -> journal;
      two.start();
      assertSame(one, two);
      assertThat(one.read("from-two-" + last)).isEqualTo("2");
      assertThat(two.read("from-one-" + last)).isEqualTo("1");
    }
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  /** And now and then, should nobody tell of what is new. */
  @Test
  void eachHostReadsTheLogOnceForAChange() throws IOException {
    one.write("f", "first");
    assertSame(one, two);
    int changes = 60;
    int before = farm.calls("read");
    for (int i = 0; i < changes; i++) {
      one.write("f", "content " + i);
      assertSame(one, two);
    }
    assertThat(farm.calls("read") - before).isBetween(2 * changes, 3 * changes);
  }

  @Test
  void nothingIsLeftInStaging() throws IOException {
    for (int i = 0; i < 30; i++) {
      one.write("f" + i, "x");
      one.symlink("l" + i, "f" + i);
    }
    assertSame(one, two);
    assertThat(two.root.resolve(".trifold/staging")).isEmptyDirectory();
  }
}
