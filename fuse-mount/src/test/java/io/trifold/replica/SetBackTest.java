package io.trifold.replica;

import static io.trifold.replica.Host.assertSame;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A host's disk and journal are from before what it has put into the log. */
class SetBackTest extends TwoHosts {
  private Path saved() {
    return directory.resolve("saved.db");
  }

  private Path journal() {
    return one.state.resolve("journal.db");
  }

  /** Closed in order, so that all of it is in the one file. */
  private void save(Mark... marks) throws Exception {
    assertSame(one, two);
    one.close();
    if (marks.length > 0) {
      try (Journal open = SqliteJournal.open(journal())) {
        open.commit(new JournalUpdate().mark(List.of(marks)));
      }
    }
    Files.copy(journal(), saved());
    one.start();
  }

  private void setBack() throws Exception {
    assertSame(one, two);
    one.close();
    Files.copy(saved(), journal(), StandardCopyOption.REPLACE_EXISTING);
  }

  @Test
  void whatWasMadeSinceIsBroughtBack() throws Exception {
    save();
    one.write("new", "since");
    setBack();
    Files.delete(one.root.resolve("new"));
    one.start();
    assertSame(one, two);
    assertThat(two.read("new")).isEqualTo("since");
  }

  @Test
  void itIsBroughtBackWhereThePathWasJustChangedThen() throws Exception {
    save(new Mark("new", 1, 1, false, true, false));
    one.write("new", "since");
    one.write("new", "and again");
    setBack();
    Files.delete(one.root.resolve("new"));
    one.start();
    assertSame(one, two);
    assertThat(two.read("new")).isEqualTo("and again");
  }

  @Test
  void whatWasDeletedSinceGoes() throws Exception {
    one.write("old", "x");
    save(new Mark("old", 1, 1, false, true, false));
    one.write("old", "then");
    one.touch("old", Instant.EPOCH);
    assertSame(one, two);
    one.delete("old");
    setBack();
    Files.writeString(one.root.resolve("old"), "then");
    Files.setLastModifiedTime(one.root.resolve("old"), FileTime.from(Instant.EPOCH));
    one.start();
    assertSame(one, two);
    assertThat(two.has("old")).isFalse();
  }

  @Test
  void whatWasDeletedSinceGoesAlsoWhereOnlyItsTimesHadFollowed() throws Exception {
    one.write("old", "x");
    save(new Mark("old", 1, 1, false, true, false));
    one.write("old", "then");
    assertSame(one, two);
    one.touch("old", Instant.EPOCH);
    assertSame(one, two);
    one.delete("old");
    setBack();
    Files.writeString(one.root.resolve("old"), "then");
    Files.setLastModifiedTime(one.root.resolve("old"), FileTime.from(Instant.EPOCH));
    one.start();
    assertSame(one, two);
    assertThat(two.has("old")).isFalse();
  }

  @Test
  void aVersionThatWasFollowedByOthersIsNoChange() throws Exception {
    one.write("page", "first");
    save(new Mark("page", 1, 1, false, true, false));
    one.write("page", "second");
    one.touch("page", Instant.EPOCH);
    assertSame(one, two);
    one.write("page", "third");
    setBack();
    Files.writeString(one.root.resolve("page"), "second");
    Files.setLastModifiedTime(one.root.resolve("page"), FileTime.from(Instant.EPOCH));
    one.start();
    assertSame(one, two);
    assertThat(two.read("page")).isEqualTo("third");
  }

  @Test
  void whatOtherHostsMadeOfItStands() throws Exception {
    save();
    one.write("new", "since");
    assertSame(one, two);
    two.write("new", "by the other");
    setBack();
    Files.delete(one.root.resolve("new"));
    one.start();
    assertSame(one, two);
    assertThat(two.read("new")).isEqualTo("by the other");
  }

  @Test
  void whatWasChangedAfterwardsIsAChange() throws Exception {
    one.write("page", "first");
    save();
    one.write("page", "second");
    setBack();
    Files.writeString(one.root.resolve("page"), "another");
    one.start();
    assertSame(one, two);
    assertThat(two.read("page")).isEqualTo("another");
  }

  @Test
  void aDeleteAfterAKillIsOne() throws Exception {
    AtomicInteger commits = new AtomicInteger(Integer.MAX_VALUE);
    one.close();
    one.journals = journal -> new CrashingJournal(journal, commits);
    one.start();
    long head = farm.head();
    // The log takes it, and the journal does not hear of it.
    farm.faults =
        (host, operation, after) -> {
          if (host.equals("one") && operation.equals("append") && after) {
            commits.set(0);
          }
        };
    one.write("new", "x");
    Host.eventually("the log has it", () -> farm.head() > head);
    one.close();
    farm.faults = MemoryFarm.Faults.NONE;
    Files.delete(one.root.resolve("new"));
    commits.set(Integer.MAX_VALUE);
    one.start();
    assertSame(one, two);
    assertThat(two.has("new")).isFalse();
  }

  @Test
  void whatTheLogHadTakenBeforeAKillHasReplacedWhatOthersDidBefore() throws Exception {
    AtomicInteger commits = new AtomicInteger(Integer.MAX_VALUE);
    CompletableFuture<Void> killed = new CompletableFuture<Void>().orTimeout(1, TimeUnit.MINUTES);
    one.close();
    one.journals = journal -> new CrashingJournal(journal, commits);
    one.start();
    assertSame(one, two);
    // It does not hear of the other's change, and then not of the log's having taken its own.
    farm.faults =
        (host, operation, after) -> {
          if (host.equals("one") && operation.equals("read") && !after) {
            killed.join();
          }
          if (host.equals("one") && operation.equals("append") && after) {
            commits.set(0);
            killed.complete(null);
          }
        };
    two.write("new", "theirs");
    Host.eventually("the log has it", () -> farm.head() > 0);
    one.write("new", "ours");
    Host.eventually("the log has both", () -> farm.head() > 1);
    one.close();
    farm.faults = MemoryFarm.Faults.NONE;
    try (Journal open = SqliteJournal.open(journal())) {
      // Nor had it noted yet that there is something to capture.
      JournalUpdate update = new JournalUpdate();
      open.marks().forEach(update::captured);
      open.commit(update);
    }
    Files.delete(one.root.resolve("new"));
    commits.set(Integer.MAX_VALUE);
    one.start();
    assertSame(one, two);
    assertThat(two.has("new")).isFalse();
  }
}
