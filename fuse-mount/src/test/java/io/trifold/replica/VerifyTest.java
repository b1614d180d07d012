package io.trifold.replica;

import static io.trifold.replica.Host.assertSame;
import static io.trifold.replica.Host.eventually;
import static io.trifold.replica.Host.quiet;
import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.queue.Verification;
import io.trifold.replica.Divergence.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Verification of two hosts that have a log in memory. */
class VerifyTest {
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
    one.mkdir("d/empty");
    one.symlink("d/link", "a");
    for (int i = 0; i < 30; i++) {
      one.write("d/" + i, "content " + i);
    }
    one.write("big", new byte[3 << 20]);
    one.delete("d/29");
    one.chmod("d/7", "rw-r-----");
    one.touch("d/8", Instant.parse("2001-02-03T04:05:06.123456789Z"));
    assertSame(one, two);
  }

  @AfterEach
  void stop() {
    one.close();
    two.close();
  }

  private VerifyReport verify(Host host, String below) throws Exception {
    return verify(host, host.replica().verifier().ask(below));
  }

  private static VerifyReport verify(Host host, Verification verification) throws Exception {
    return host.replica().verifier().verify(verification, divergence -> {});
  }

  private static Map<String, Kind> kinds(VerifyReport report) {
    Map<String, Kind> kinds = new TreeMap<>();
    report.divergences().forEach(found -> kinds.put(found.path(), found.kind()));
    return kinds;
  }

  private static void writeWithoutTrace(Path file, String content) throws IOException {
    FileTime time = Files.getLastModifiedTime(file);
    Files.writeString(file, content);
    Files.setLastModifiedTime(file, time);
  }

  @Test
  void hostsThatAreInSyncHaveTheSameDigest() throws Exception {
    Verification all = one.replica().verifier().ask("");
    VerifyReport here = verify(one, all);
    VerifyReport there = verify(two, all);

    assertThat(here.divergences()).isEmpty();
    assertThat(there.divergences()).isEmpty();
    assertThat(there.digest()).isEqualTo(here.digest());
    assertThat(here.bytes()).isGreaterThan(3 << 20);
    assertThat(farm.answers.get(all.id())).hasSize(2);
  }

  @Test
  void theDigestIsOfThePositionWhateverChangesAfterIt() throws Exception {
    Verification all = one.replica().verifier().ask("");
    VerifyReport before = verify(one, all);
    two.write("d/1", "changed since");
    two.write("d/new", "made since");
    two.delete("d/2");
    assertSame(one, two);

    assertThat(verify(two, all).digest()).isEqualTo(before.digest());
    assertThat(verify(two, "").digest()).isNotEqualTo(before.digest());
  }

  @Test
  void everyKindOfDivergenceIsFound() throws Exception {
    writeWithoutTrace(two.root.resolve("d/1"), "CONTENT 1");
    Files.writeString(two.root.resolve("d/2"), "another");
    Files.delete(two.root.resolve("d/3"));
    Files.writeString(two.root.resolve("d/unknown"), "x");
    Files.delete(two.root.resolve("d/link"));
    Files.createSymbolicLink(two.root.resolve("d/link"), Path.of("b"));
    Files.writeString(two.root.resolve("d/29"), "back");
    Files.delete(two.root.resolve("d/empty"));
    Files.writeString(two.root.resolve("d/empty"), "a file");
    Files.writeString(two.root.resolve("d/x.tmp"), "does not travel");

    Verification all = two.replica().verifier().ask("");
    VerifyReport there = verify(two, all);

    assertThat(kinds(there))
        .isEqualTo(
            Map.of(
                "d/1", Kind.DAMAGED,
                "d/2", Kind.CHANGED,
                "d/3", Kind.MISSING,
                "d/unknown", Kind.UNKNOWN,
                "d/link", Kind.CHANGED,
                "d/29", Kind.UNKNOWN,
                "d/empty", Kind.CHANGED));
    VerifyReport here = verify(one, all);
    assertThat(here.divergences()).isEmpty();
    assertThat(there.digest()).isNotEqualTo(here.digest());
    assertThat(farm.head()).as("verification changes nothing").isEqualTo(all.position());
    assertThat(two.replica().inSync()).startsWith("no, 7 paths differ");
  }

  @Test
  void contentThatRottedOnTheDiskIsFoundThoughNothingElseTells() throws Exception {
    AtomicBoolean rotten = new AtomicBoolean();
    two.close();
    two.disks =
        disk ->
            new MeddledDisk(disk, () -> {}) {
              @Override
              byte meddle(String path, byte read) {
                return rotten.get() && path.equals("big") ? (byte) (read ^ 4) : read;
              }
            };
    two.start();
    quiet(one, two);
    assertThat(verify(two, "").divergences()).isEmpty();

    rotten.set(true);

    assertThat(kinds(verify(two, ""))).isEqualTo(Map.of("big", Kind.DAMAGED));
  }

  @Test
  void onlyWhatIsBelowThePathIsLookedAt() throws Exception {
    writeWithoutTrace(two.root.resolve("d/1"), "CONTENT 1");
    writeWithoutTrace(two.root.resolve("d/10"), "CONTENT 10");

    assertThat(kinds(verify(two, "d/1")).keySet()).containsExactly("d/1");
    assertThat(kinds(verify(two, "d")).keySet()).containsExactly("d/1", "d/10");
    assertThat(verify(two, "big").paths()).isEqualTo(1);
    assertThat(verify(two, "nothing").paths()).isZero();
  }

  @Test
  void aRepairBringsBackWhatNobodyChangedAndSendsWhatSomebodyDid() throws Exception {
    writeWithoutTrace(two.root.resolve("d/1"), "CONTENT 1");
    Files.writeString(two.root.resolve("d/2"), "another");
    Files.delete(two.root.resolve("d/3"));
    Files.writeString(two.root.resolve("d/unknown"), "x");
    List<String> mended = new ArrayList<>();

    two.replica()
        .repair(verify(two, "").divergences(), (divergence, what) -> mended.add(divergence.path()));

    assertThat(mended).containsExactlyInAnyOrder("d/1", "d/2", "d/3", "d/unknown");
    assertSame(one, two);
    assertThat(two.read("d/1")).isEqualTo("content 1");
    assertThat(one.read("d/2")).isEqualTo("another");
    assertThat(two.read("d/3")).isEqualTo("content 3");
    assertThat(one.read("d/unknown")).isEqualTo("x");
    Verification again = one.replica().verifier().ask("");
    assertThat(verify(two, again).divergences()).isEmpty();
    assertThat(verify(two, again).digest()).isEqualTo(verify(one, again).digest());
    try (var kept = Files.walk(two.state.resolve("displaced"))) {
      assertThat(kept.filter(Files::isRegularFile).map(Host::content).toList())
          .containsExactly("CONTENT 1");
    }
  }

  @Test
  void theScrubAnswersWhatAnotherHostAsksAndSaysThatItIsInSync() throws Exception {
    Verification asked = one.replica().verifier().ask("");

    eventually("the other host answers", () -> farm.answers.get(asked.id()).containsKey("two"));
    eventually("it is in sync", () -> two.replica().inSync().startsWith("yes, verified at"));
    two.restart();
    assertThat(two.replica().inSync()).startsWith("yes, verified at");
  }

  @Test
  void aPassThatWasInterruptedGoesOnWhereItWas() throws Exception {
    quiet(one, two);
    Verification all = one.replica().verifier().ask("");
    VerifyReport whole = verify(one, all);
    two.close();
    Host.Parts parts = two.parts();
    PathCheck check = parts.check();
    List<VerifyProgress> saved = new ArrayList<>();
    int[] looks = new int[1];
    VerifyProgress begin = VerifyProgress.begin(farm.epoch, all);

    assertThat(
            parts
                .pass(check)
                .run(parts.log(), begin, () -> looks[0]++ < 17, saved::add, found -> {}))
        .isEmpty();
    VerifyProgress last = saved.get(saved.size() - 1);
    assertThat(last.after()).isNotEmpty();
    ScrubMemory file = new ScrubMemory(directory.resolve("scrub.json"));
    file.write(new ScrubMemory.Memory(Optional.of(last), Optional.empty()));
    VerifyProgress read = file.read().progress().orElseThrow();
    assertThat(read).isEqualTo(last);
    VerifyReport rest =
        parts
            .pass(check)
            .run(parts.log(), read, () -> true, progress -> {}, found -> {})
            .orElseThrow();

    assertThat(rest.digest()).isEqualTo(whole.digest());
    assertThat(rest.paths()).isEqualTo(whole.paths());
    parts.close();
  }

  @Test
  void aDiskThatWasEmptiedWhileNothingRanIsNotDeletedEverywhere() throws Exception {
    two.close();
    for (String path : List.copyOf(two.tree().descendingKeySet())) {
      Files.delete(two.root.resolve(path));
    }
    long head = farm.head();
    two.start();

    assertThat(two.status().state()).startsWith("held: 33 of 33 propagated paths are gone");
    one.write("d/after", "x");
    quiet(one);
    assertThat(two.has("d/after")).as("nothing is applied to it either").isFalse();
    assertThat(farm.head()).isEqualTo(head + 1);

    two.replica().resume();
    quiet(one, two);
    assertThat(one.has("d/1")).isFalse();
  }

  @Test
  void whatIsPutBackIsNotMissedAnyMore() throws Exception {
    two.close();
    Path aside = directory.resolve("aside");
    Files.move(two.root, aside);
    Files.createDirectory(two.root);
    two.start();
    assertThat(two.status().state()).startsWith("held: ");
    two.close();
    try (var files = Files.list(two.root)) {
      assertThat(files.map(Path::getFileName).map(Path::toString)).containsExactly(".trifold");
    }
    Files.delete(two.root.resolve(".trifold/staging"));
    Files.delete(two.root.resolve(".trifold"));
    Files.delete(two.root);
    Files.move(aside, two.root);

    two.start();

    assertSame(one, two);
    assertThat(one.has("d/1")).isTrue();
  }

  @Test
  void callersWhoDeleteEverythingAreAskedWhetherTheyMeantIt() throws Exception {
    for (int i = 0; i < 200; i++) {
      one.write("d/more" + i, "x");
    }
    assertSame(one, two);

    for (String path : List.copyOf(one.tree().descendingKeySet())) {
      one.delete(path);
    }

    eventually("it is held", () -> one.status().state().startsWith("held: nearly everything"));
    quiet(two);
    assertThat(two.tree()).isNotEmpty();
    one.replica().resume();
    assertSame(one, two);
    assertThat(two.tree()).isEmpty();
  }
}
