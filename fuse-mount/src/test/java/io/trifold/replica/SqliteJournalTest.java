package io.trifold.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trifold.queue.Acl;
import io.trifold.queue.Digest;
import io.trifold.queue.Metadata;
import io.trifold.queue.Xattrs;
import io.trifold.replica.Journal.Counter;
import io.trifold.replica.Journal.Standing;
import io.trifold.rules.FileNames;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteJournalTest {
  private static final Metadata METADATA = new Metadata(04755, "www-data", "grp", -5, 999_999_999);
  private static final Signature SIGNATURE =
      new Signature(Long.MIN_VALUE, 0100644, -2, 7, 1L << 40, -1, 2, 3, 4, false);

  @TempDir Path directory;
  private Journal journal;

  @BeforeEach
  void open() {
    journal = SqliteJournal.open(directory.resolve("journal.db"));
  }

  @AfterEach
  void close() {
    journal.close();
  }

  private void reopen() {
    journal.close();
    open();
  }

  private static IndexEntry entry(String path, long version, State state) {
    return new IndexEntry(path, version, state, Optional.of(SIGNATURE));
  }

  @Test
  void theIncarnationIsMadeOnceAndStays() {
    UUID incarnation = journal.incarnation();
    reopen();
    assertThat(journal.incarnation()).isEqualTo(incarnation);
    try (Journal other = SqliteJournal.open(directory.resolve("other.db"))) {
      assertThat(other.incarnation()).isNotEqualTo(incarnation);
    }
  }

  @Test
  void everyKindOfEntryComesBackAsItWas() {
    String notUtf8 = FileNames.decode(new byte[] {'a', (byte) 0xff, 'b'});
    List<IndexEntry> entries =
        List.of(
            entry("f", 1, State.file(METADATA, 12, Digest.sha256(new byte[] {1}))),
            entry("d", 2, State.directory(METADATA)),
            entry(notUtf8, 3, State.symlink(METADATA, notUtf8)),
            entry("kept", 4, State.ABSENT),
            new IndexEntry("gone", 5, State.ABSENT, Optional.empty()));
    JournalUpdate update = new JournalUpdate();
    entries.forEach(update::index);
    journal.commit(update);
    reopen();
    for (IndexEntry each : entries) {
      assertThat(journal.entry(each.path())).contains(each);
    }
    assertThat(journal.entry("nothing")).isEmpty();
  }

  @Test
  void belowIsInTheOrderOfBytesAndLeavesOutTombstones() {
    JournalUpdate update = new JournalUpdate();
    for (String path : List.of("d", "d/b", "d/a", "d/a/x", "d0", "d-", "d/z", "e")) {
      update.index(entry(path, 1, State.directory(METADATA)));
    }
    update.index(entry("d/gone", 2, State.ABSENT));
    journal.commit(update);
    assertThat(journal.below("d", "", 9))
        .extracting(IndexEntry::path)
        .containsExactly("d/a", "d/a/x", "d/b", "d/z");
    assertThat(journal.below("d", "d/a/x", 1)).extracting(IndexEntry::path).containsExactly("d/b");
    assertThat(journal.below("", "", 99)).hasSize(8);
  }

  @Test
  void standingMovesAsAWhole() {
    assertThat(journal.standing())
        .isEqualTo(new Standing(Optional.empty(), 0, Optional.empty(), false));
    Standing standing =
        new Standing(Optional.of(UUID.randomUUID()), 77, Optional.of(UUID.randomUUID()), true);
    journal.commit(new JournalUpdate().standing(standing));
    reopen();
    assertThat(journal.standing()).isEqualTo(standing);
  }

  @Test
  void aCapturedMarkGoesUnlessThePathWasMarkedAgain() {
    Mark first = new Mark("a", 1, 1, false, true, false);
    Mark again = new Mark("a", 1, 5, true, true, true);
    Mark other = new Mark("b", 2, 2, false, false, false);
    journal.commit(new JournalUpdate().mark(List.of(first, other)));
    journal.commit(new JournalUpdate().mark(List.of(again)));
    journal.commit(new JournalUpdate().captured(first).captured(other));
    reopen();
    assertThat(journal.marks()).containsExactly(again);
  }

  @Test
  void whatIsUnappliedGoesWhenAsNewAVersionStands() {
    Unapplied parked =
        new Unapplied("a", 9, Unapplied.Cause.PARKED, "no space", Instant.ofEpochMilli(12345), 3);
    Unapplied unbound =
        new Unapplied("b", 10, Unapplied.Cause.UNBOUND, "rules", Instant.ofEpochMilli(1), 1);
    journal.commit(new JournalUpdate().unapplied(parked).unapplied(unbound));
    journal.commit(new JournalUpdate().caughtUp("a", 8));
    reopen();
    assertThat(journal.waiting()).containsExactly(parked);
    assertThat(journal.unbound()).containsExactly(unbound);
    assertThat(journal.unapplied("a")).contains(parked);
    journal.commit(new JournalUpdate().caughtUp("a", 9));
    assertThat(journal.waiting()).isEmpty();
  }

  @Test
  void countersGoOnOverRestarts() {
    journal.commit(new JournalUpdate().count(Counter.CONFLICTS, 2));
    reopen();
    journal.commit(new JournalUpdate().count(Counter.CONFLICTS, 40));
    assertThat(journal.count(Counter.CONFLICTS)).isEqualTo(42);
    assertThat(journal.count(Counter.DISPLACED)).isZero();
  }

  @Test
  void aFileThatIsNoJournalIsRefusedInOneLine() throws Exception {
    Path file = directory.resolve("broken.db");
    Files.writeString(file, "this is not a database, and it is long enough to be seen as none");
    assertThatThrownBy(() -> SqliteJournal.open(file))
        .isInstanceOf(JournalException.class)
        .hasMessageContaining("broken.db")
        .hasMessageNotContaining("\n");
  }

  @Test
  void extendedAttributesAndLinksComeBackAsTheyWere() {
    UUID link = UUID.randomUUID();
    Xattrs xattrs = new Xattrs(Map.of("user.a", "\uDCFF", "user.b", ""), Acl.NONE, Acl.NONE);
    State file = State.file(METADATA.with(xattrs), 1, Digest.sha256(new byte[1]));
    IndexEntry one = entry("b/one", 1, file.linked(Optional.of(link)));
    IndexEntry other = entry("a/other", 2, file.linked(Optional.of(link)));
    journal.commit(
        new JournalUpdate()
            .index(one)
            .index(other)
            .index(entry("alone", 3, file))
            .index(entry("stranger", 4, file.linked(Optional.of(UUID.randomUUID())))));
    reopen();
    assertThat(journal.entry("b/one")).contains(one);
    assertThat(journal.linked(link)).containsExactly(other, one);
    assertThat(journal.linked(SIGNATURE.inode()))
        .extracting(IndexEntry::path)
        .containsExactly("a/other", "b/one", "stranger");
    assertThat(journal.linked(5)).isEmpty();
  }

  @Test
  void aJournalOfTheFirstReleaseIsBroughtUpToDate() throws Exception {
    Path old = directory.resolve("old.db");
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + old);
        Statement statement = connection.createStatement()) {
      for (String sql : SqliteJournal.migrations().get(0)) {
        statement.executeUpdate(sql);
      }
      statement.executeUpdate("INSERT INTO meta VALUES ('incarnation', '" + new UUID(1, 2) + "')");
      statement.executeUpdate(
          "INSERT INTO entry (path, version, kind, mode, owner, \"group\", mtime_s, mtime_ns, size,"
              + " target) VALUES (x'61', 7, 'directory', 493, x'62', x'63', 1, 2, 0, x'')");
      statement.executeUpdate("PRAGMA user_version = 1");
    }
    try (Journal journal = SqliteJournal.open(old)) {
      assertThat(journal.incarnation()).isEqualTo(new UUID(1, 2));
      assertThat(journal.entry("a"))
          .contains(
              new IndexEntry(
                  "a", 7, State.directory(new Metadata(0755, "b", "c", 1, 2)), Optional.empty()));
      assertThat(journal.linked(UUID.randomUUID())).isEmpty();
    }
  }
}
