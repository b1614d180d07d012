package io.trifold.replica;

import static io.trifold.replica.Host.assertSame;
import static io.trifold.replica.Host.eventually;
import static io.trifold.replica.Host.quiet;
import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.queue.FarmKey;
import io.trifold.queue.FarmLog;
import io.trifold.queue.TestPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Instant;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two hosts and the log in a real PostgreSQL. */
class ReplicaIT {
  @TempDir Path directory;
  private TestPostgres postgres;
  private FarmKey key;
  private Host one;
  private Host two;

  @BeforeEach
  void start() throws Exception {
    postgres = TestPostgres.create();
    key = FarmKey.loadOrCreate(directory.resolve("farm.key"));
    LogSource source = LogSource.of(postgres.settings(), key);
    one = new Host("one", directory, source).start();
    two = new Host("two", directory, source).start();
  }

  @AfterEach
  void stop() throws Exception {
    one.close();
    two.close();
    postgres.close();
  }

  private long head() throws Exception {
    try (FarmLog log = postgres.open(key, "reader-" + UUID.randomUUID())) {
      long head = log.head().position();
      log.leave();
      return head;
    }
  }

  private static byte[] random(int seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  @Test
  void everyKindOfChangeArrivesInBothDirections() throws Exception {
    for (Host[] way : new Host[][] {{one, two}, {two, one}}) {
      Host from = way[0];
      String d = "by-" + from.name;
      from.mkdir(d);
      from.write(d + "/small", "small");
      from.write(d + "/big", random(1, 5 * FileContent.CHUNK_LENGTH + 3));
      from.write(d + "/empty", "");
      from.symlink(d + "/link", "../somewhere");
      from.mkdir(d + "/sub");
      from.write(d + "/sub/x", "x");
      from.chmod(d + "/small", "rwxr-x--x");
      from.chmod(d + "/sub", "rwx------");
      from.chown(d + "/small", 33, 33);
      from.chown(d + "/link", 33, 33);
      from.touch(d + "/small", Instant.parse("2003-04-05T06:07:08.987654321Z"));
      assertSame(from, way[1]);
      from.rename(d + "/sub", d + "/moved");
      from.rename(d + "/small", d + "/renamed");
      from.delete(d + "/empty");
      from.mkdir(d + "/empty");
      from.delete(d + "/link");
      from.write(d + "/link", "a file now");
      from.write(d + "/big", random(2, 2 * FileContent.CHUNK_LENGTH));
      assertSame(from, way[1]);
      assertThat(way[1].read(d + "/moved/x")).isEqualTo("x");
      from.deleteTree(d);
      assertSame(from, way[1]);
      assertThat(way[1].has(d)).isFalse();
    }
  }

  @Test
  void aThousandFilesSurviveARestartOfTheDatabaseInTheMiddle() throws Exception {
    one.mkdir("many");
    for (int i = 0; i < 1000; i++) {
      one.write("many/" + i, random(i, 100 + 17 * i));
      if (i == 300) {
        postgres.stop();
      }
      if (i == 700) {
        postgres.start();
      }
    }
    assertSame(one, two);
    assertThat(two.tree()).hasSize(1001);
  }

  @Test
  void aCrashOfTheDatabaseLosesNothing() throws Exception {
    for (int i = 0; i < 200; i++) {
      one.write("f" + i, random(i, 5000));
      two.write("g" + i, random(i, 5000));
      if (i == 100) {
        postgres.crash();
        postgres.start();
      }
    }
    assertSame(one, two);
    assertThat(two.tree()).hasSize(400);
  }

  @Test
  void applyingMakesNoEventsAndUnchangedContentSendsNone() throws Exception {
    for (int i = 0; i < 100; i++) {
      one.write("f" + i, "content " + i);
    }
    assertSame(one, two);
    long head = head();
    assertThat(head).isEqualTo(100);
    two.restart();
    one.restart();
    one.replica().observer().changedTree("");
    two.replica().observer().changed("f1");
    quiet(one, two);
    assertThat(head()).isEqualTo(head);
  }

  @Test
  void bothHostsAtWorkOnTheSamePathsEndAlike() throws Exception {
    Random random = new Random(4711);
    for (int i = 0; i < 300; i++) {
      Host host = random.nextBoolean() ? one : two;
      String path = "p" + random.nextInt(6);
      host.write(path, host.name + " " + i);
    }
    assertSame(one, two);
    assertThat(one.tree()).hasSize(6);
  }

  @Test
  void aKillAtManyPointsLosesNothing() throws Exception {
    int files = 0;
    for (int round = 0; round < 5; round++) {
      two.close();
      AtomicInteger left = new AtomicInteger(2 + 3 * round);
      two.journals = journal -> new CrashingJournal(journal, left);
      two.start();
      for (int i = 0; i < 20 || !two.status().state().startsWith("stopped"); i++) {
        one.write("one-" + round + "-" + i, random(i, 9000));
        two.write("two-" + round + "-" + i, random(i, 9000));
        files += 2;
      }
      two.close();
      two.journals = journal -> journal;
      two.start();
      assertSame(one, two);
      assertThat(two.tree()).hasSize(files);
    }
  }

  @Test
  void aForgedEventIsNotApplied() throws Exception {
    one.write("a", "good");
    assertSame(one, two);
    two.close();
    one.write("b", "good");
    quiet(one);
    forge();
    two.start();
    eventually("two waits", () -> two.status().state().startsWith("distrusts the log: "));
    assertThat(two.has("b")).isFalse();
    assertThat(two.status().position()).isEqualTo(1);
    assertThat(two.read("a")).isEqualTo("good");

    assertThat(two.replica().skip(2)).contains("b");
    one.write("c", "after it");
    quiet(two);
    eventually("it goes on", () -> two.has("c"));
    assertThat(two.has("b")).isFalse();
  }

  /** Changes one byte of the latest event, as who can write to the database could. */
  private void forge() throws Exception {
    String column;
    try (Connection connection = postgres.connect();
        Statement statement = connection.createStatement();
        ResultSet columns =
            statement.executeQuery(
                "SELECT column_name FROM information_schema.columns"
                    + " WHERE table_schema = 'trifold' AND table_name = 'event'"
                    + " AND data_type = 'bytea' AND column_name NOT LIKE 'sig%'"
                    + " AND column_name NOT LIKE 'path%' ORDER BY ordinal_position")) {
      assertThat(columns.next()).isTrue();
      column = columns.getString(1);
    }
    postgres.execute(
        "UPDATE trifold.event SET "
            + column
            + " = set_byte("
            + column
            + ", length("
            + column
            + ") - 1, (get_byte("
            + column
            + ", length("
            + column
            + ") - 1) + 1) % 256) WHERE position = 2");
  }

  @Test
  void aThirdHostJoinsCompletely() throws Exception {
    one.mkdir("d");
    for (int i = 0; i < 600; i++) {
      one.write("d/" + i, random(i, 50));
    }
    one.write("d/big", random(9, 3 * FileContent.CHUNK_LENGTH));
    one.touch("d", Instant.parse("2011-11-11T11:11:11.5Z"));
    quiet(one, two);
    try (Host three = new Host("three", directory, LogSource.of(postgres.settings(), key))) {
      Files.createDirectory(three.root.resolve("d"));
      Files.writeString(three.root.resolve("d/1"), "another");
      three.start();
      assertThat(three.tree()).isEqualTo(one.tree());
      assertThat(Files.getLastModifiedTime(three.root.resolve("d")).toInstant())
          .isEqualTo(Instant.parse("2011-11-11T11:11:11.5Z"));
      assertThat(three.status().displaced()).isEqualTo(1);
      three.write("d/by-three", "3");
      quiet(one, two, three);
      assertSame(one, two);
      assertSame(one, three);
    }
  }
}
