package io.trifold.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.posix.BackingRoot;
import io.trifold.posix.Stat;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is known of a file by looking at it. */
class LooksTest {
  private static final Instant NOW = Instant.ofEpochSecond(1_000_000);

  @TempDir Path directory;

  private static Stat stat(int mode, long mtime, int nanos, Instant ctime) {
    return new Stat(
        1,
        42,
        mode,
        1,
        0,
        0,
        0,
        10,
        8,
        4096,
        0,
        0,
        mtime,
        nanos,
        ctime.getEpochSecond(),
        ctime.getNano(),
        0,
        0);
  }

  @Test
  void anOldFileThatLooksTheSameIsTheSame() {
    Stat stat = stat(0100644, 5, 6, NOW.minusSeconds(1));
    Signature signature = Signature.of(stat, NOW);
    assertThat(signature.proves(stat)).isTrue();
    assertThat(signature.matches(stat(0100600, 5, 6, NOW.minusSeconds(1)))).isFalse();
    assertThat(signature.matches(stat(0100644, 5, 7, NOW.minusSeconds(1)))).isFalse();
    assertThat(signature.matches(stat(0100644, 5, 6, NOW))).isFalse();
  }

  @Test
  void aFileWrittenAtTheMomentOfTheLookProvesNothing() {
    Stat stat = stat(0100644, NOW.getEpochSecond(), NOW.getNano(), NOW);
    Signature signature = Signature.of(stat, NOW.plusMillis(1));
    assertThat(signature.matches(stat)).isTrue();
    assertThat(signature.proves(stat)).isFalse();
  }

  @Test
  void theTimesOfADirectorySayNothing() {
    Signature signature = Signature.of(stat(040755, 5, 6, NOW), NOW);
    assertThat(signature.proves(stat(040755, 7, 8, NOW.plusSeconds(9)))).isTrue();
    assertThat(signature.proves(stat(040700, 5, 6, NOW))).isFalse();
  }

  @Test
  void aFileThatChangesWhileItIsReadIsNotTaken() throws Exception {
    Path file = directory.resolve("f");
    Files.write(file, new byte[3 * FileContent.CHUNK_LENGTH]);
    try (BackingRoot root = BackingRoot.open(directory.toString())) {
      RootDisk disk = new RootDisk(root, owners());
      assertThat(FileContent.read(disk, "f")).isPresent();
      AtomicBoolean once = new AtomicBoolean(true);
      Disk meddled =
          new MeddledDisk(
              disk,
              () -> {
                if (once.getAndSet(false)) {
                  Files.writeString(file, "shorter");
                }
              });
      assertThat(FileContent.read(meddled, "f")).isEmpty();
      assertThat(FileContent.read(meddled, "f")).isPresent();
    }
  }

  private Owners owners() throws Exception {
    Path passwd = directory.resolve("passwd");
    Path group = directory.resolve("group");
    Files.writeString(
        passwd, "root:x:0:0:root:/root:/bin/sh\nwww:x:33:33::/:/bin/sh\n\n# odd\nx:y\n");
    Files.writeString(group, "root:x:0:\nwww:x:33:a,b\n");
    return new AccountFiles(passwd, group);
  }

  @Test
  void ownersHaveNamesAndNumbersStandForThoseWithout() throws Exception {
    Owners owners = owners();
    assertThat(owners.user(33)).isEqualTo("www");
    assertThat(owners.group(0)).isEqualTo("root");
    assertThat(owners.user(4711)).isEqualTo("4711");
    assertThat(owners.user(-2)).isEqualTo("4294967294");
    assertThat(owners.uid("www")).isEqualTo(OptionalInt.of(33));
    assertThat(owners.gid("4711")).isEqualTo(OptionalInt.of(4711));
    assertThat(owners.uid("4294967294")).isEqualTo(OptionalInt.of(-2));
    for (String nobody : List.of("", "nobody-here", "-1", "4294967295", "99999999999", "1e3")) {
      assertThat(owners.uid(nobody)).as(nobody).isEqualTo(OptionalInt.empty());
    }
  }

  @Test
  void theWalkShowsWhatIsPropagatedAndFollowsNoSymlink() throws Exception {
    Files.createDirectories(directory.resolve("local/deep"));
    Files.writeString(directory.resolve("local/deep/p.conf"), "x");
    Files.writeString(directory.resolve("local/code"), "x");
    Files.createDirectories(directory.resolve("pages"));
    Files.writeString(directory.resolve("pages/.trifold~1"), "x");
    Files.createDirectories(directory.resolve(".trifold/staging"));
    Files.writeString(directory.resolve(".trifold/staging/y.conf"), "x");
    Files.createSymbolicLink(directory.resolve("pages/loop"), Path.of(".."));
    List<String> seen = new ArrayList<>();
    try (BackingRoot root = BackingRoot.open(directory.toString())) {
      new Walk(
              new RootDisk(root, owners()),
              Host.ruleState("local *\npropagated *.conf\npropagated pages/\n"))
          .from("", seen::add);
    }
    assertThat(seen).containsExactlyInAnyOrder("local/deep/p.conf", "pages", "pages/loop");
  }

  @Test
  void anEntryKnowsWhetherJustItStands() {
    Stat stat = stat(0100644, 5, 6, NOW.minusSeconds(1));
    IndexEntry gone = new IndexEntry("a", 1, State.ABSENT, Optional.empty());
    assertThat(gone.proves(Optional.empty())).isTrue();
    assertThat(gone.proves(Optional.of(stat))).isFalse();
    IndexEntry unknown =
        new IndexEntry(
            "a",
            1,
            State.directory(new io.trifold.queue.Metadata(0, "", "", 0, 0)),
            Optional.empty());
    assertThat(unknown.matches(Optional.empty())).isFalse();
    assertThat(unknown.matches(Optional.of(stat))).isFalse();
    IndexEntry kept =
        new IndexEntry(
            "a", 1, State.ABSENT, Optional.of(Signature.of(stat(040755, 1, 1, NOW), NOW)));
    assertThat(kept.proves(Optional.of(stat(040755, 2, 2, NOW)))).isTrue();
    // It may have been removed here since, of which there is nothing to tell.
    assertThat(kept.proves(Optional.empty())).isTrue();
  }
}
