package io.trifold.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.queue.Digest;
import io.trifold.queue.Metadata;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The journal of the simulation and the real one answer alike, whatever is written to them. */
class JournalsTest {
  private static final String[] PATHS = {"a", "a/b", "a/b/c", "a-", "a0", "b", "caf\u00e9", "d/e"};
  private static final List<Unapplied.Cause> CAUSES = List.of(Unapplied.Cause.values());
  private static final UUID[] LINKS = {new UUID(1, 1), new UUID(2, 2)};

  @TempDir Path directory;

  private final Random random = new Random(7);

  @Test
  void bothAnswerAlike() {
    try (SqliteJournal real = SqliteJournal.open(directory.resolve("journal.db"))) {
      MemoryJournal model = new MemoryJournal(real.incarnation());
      compare(real, model);
      for (int i = 0; i < 400; i++) {
        JournalUpdate update = update(i);
        real.commit(update);
        model.commit(update);
        compare(real, model);
      }
    }
  }

  private String path() {
    return PATHS[random.nextInt(PATHS.length)];
  }

  private JournalUpdate update(int step) {
    JournalUpdate update = new JournalUpdate();
    for (int i = random.nextInt(3); i >= 0; i--) {
      switch (random.nextInt(10)) {
        case 0 -> update.mark(List.of(mark(step)));
        case 1 -> update.captured(mark(step - random.nextInt(3)));
        case 2, 3 -> update.index(entry(step));
        case 4 -> update.indexIfNewer(entry(step - random.nextInt(20)));
        case 5 ->
            update.unapplied(
                new Unapplied(
                    path(),
                    step,
                    CAUSES.get(random.nextInt(CAUSES.size())),
                    "because",
                    Instant.ofEpochMilli(step),
                    random.nextInt(5)));
        case 6 -> update.caughtUp(path(), step - random.nextInt(20));
        case 7 ->
            update.lost(new LostVersion(path(), step, Digest.sha256(new byte[] {(byte) step})));
        case 8 -> update.boot("boot " + step);
        default -> {
          update.count(Journal.Counter.CONFLICTS, random.nextInt(3));
          update.standing(
              new Journal.Standing(
                  random.nextBoolean() ? Optional.of(new UUID(9, 9)) : Optional.empty(),
                  step,
                  random.nextBoolean() ? Optional.of(new UUID(step, 1)) : Optional.empty(),
                  random.nextBoolean()));
        }
      }
    }
    return update;
  }

  private Mark mark(int step) {
    return new Mark(
        path(), step, step, random.nextBoolean(), random.nextBoolean(), random.nextBoolean());
  }

  private IndexEntry entry(int step) {
    Metadata metadata = new Metadata(0640 + random.nextInt(4), "www", "web", step, step);
    State state =
        switch (random.nextInt(4)) {
          case 0 -> State.ABSENT;
          case 1 -> State.directory(metadata);
          case 2 -> State.symlink(metadata, "to-" + step);
          default ->
              State.file(metadata, step, Digest.sha256(new byte[] {(byte) step}))
                  .linked(
                      random.nextBoolean()
                          ? Optional.of(LINKS[random.nextInt(LINKS.length)])
                          : Optional.empty());
        };
    Optional<Signature> signature =
        random.nextBoolean()
            ? Optional.of(
                new Signature(
                    random.nextInt(3), 0100644, 1, 2, step, step, 3, step, 4, random.nextBoolean()))
            : Optional.empty();
    return new IndexEntry(path(), step, state, signature);
  }

  private static void compare(Journal real, Journal model) {
    assertThat(model.incarnation()).isEqualTo(real.incarnation());
    assertThat(model.standing()).isEqualTo(real.standing());
    assertThat(model.marks()).isEqualTo(real.marks());
    assertThat(model.boot()).isEqualTo(real.boot());
    assertThat(model.waiting()).isEqualTo(real.waiting());
    assertThat(model.unbound()).isEqualTo(real.unbound());
    for (String path : PATHS) {
      assertThat(model.entry(path)).isEqualTo(real.entry(path));
      assertThat(model.lost(path)).isEqualTo(real.lost(path));
      assertThat(model.unapplied(path)).isEqualTo(real.unapplied(path));
      assertThat(model.below(path, "", 2)).isEqualTo(real.below(path, "", 2));
      assertThat(model.below("", path, 3)).isEqualTo(real.below("", path, 3));
    }
    assertThat(model.below("", "", 100)).isEqualTo(real.below("", "", 100));
    for (UUID link : LINKS) {
      assertThat(model.linked(link)).isEqualTo(real.linked(link));
    }
    for (long inode = 0; inode < 3; inode++) {
      assertThat(model.linked(inode)).isEqualTo(real.linked(inode));
    }
    for (Journal.Counter counter : Journal.Counter.values()) {
      assertThat(model.count(counter)).isEqualTo(real.count(counter));
    }
  }
}
