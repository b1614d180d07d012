package io.trifold.replica;

import static io.trifold.replica.Host.assertSame;
import static io.trifold.replica.Host.quiet;
import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.queue.FarmKey;
import io.trifold.queue.FarmLog;
import io.trifold.queue.LogPartitions;
import io.trifold.queue.TestPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A host that comes back when the log no longer has what it missed. */
class ResyncIT {
  @TempDir Path directory;
  private TestPostgres postgres;
  private FarmKey key;
  private Host one;
  private Host two;

  @BeforeEach
  void start() throws Exception {
    postgres = TestPostgres.create();
    key = FarmKey.loadOrCreate(directory.resolve("farm.key"));
    postgres.open(key, "first").close();
    LogPartitions.small(postgres, 20);
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

  /** As if all that happened until now had happened long ago. */
  private long forgetTheLog() throws Exception {
    LogPartitions.age(postgres);
    postgres.execute(
        "UPDATE trifold.host SET last_seen = clock_timestamp() - interval '100 days'"
            + " WHERE name <> 'one'");
    try (FarmLog log = postgres.open(key, "keeper-" + UUID.randomUUID())) {
      log.acknowledge(log.head().position());
      assertThat(log.retain()).isPresent();
      long oldest = log.head().oldest();
      log.leave();
      return oldest;
    }
  }

  @Test
  void whatTheFarmChangedArrivesAndWhatChangedHereStays() throws Exception {
    one.mkdir("d");
    one.mkdir("d/sub");
    for (String name : new String[] {"same", "edited", "deleted", "both", "revived", "d/sub/x"}) {
      one.write(name, "old " + name);
    }
    one.write("becomes-directory", "a file");
    one.mkdir("becomes-file");
    one.write("becomes-file/in", "it");
    assertSame(one, two);
    two.close();

    one.write("edited", "by one");
    one.delete("deleted");
    one.write("both", "by one");
    one.delete("revived");
    one.deleteTree("d");
    one.delete("becomes-directory");
    one.mkdir("becomes-directory");
    one.write("becomes-directory/in", "it");
    one.deleteTree("becomes-file");
    one.write("becomes-file", "now");
    one.write("new", "new");
    for (int i = 0; i < 100; i++) {
      one.write("often", "version " + i);
      quiet(one);
    }
    Files.writeString(two.root.resolve("both"), "by two, longer");
    Files.writeString(two.root.resolve("revived"), "edited while it was deleted elsewhere");
    Files.writeString(two.root.resolve("only-here"), "of two");
    Files.delete(two.root.resolve("same"));

    assertThat(forgetTheLog()).isGreaterThan(40);
    two.start();

    assertSame(one, two);
    assertThat(one.read("edited")).isEqualTo("by one");
    assertThat(one.has("deleted")).isFalse();
    assertThat(one.has("d")).isFalse();
    assertThat(one.read("both")).isEqualTo("by two, longer");
    assertThat(one.read("revived")).startsWith("edited while");
    assertThat(one.read("only-here")).isEqualTo("of two");
    assertThat(one.has("same")).isFalse();
    assertThat(one.read("becomes-directory/in")).isEqualTo("it");
    assertThat(one.read("becomes-file")).isEqualTo("now");
    assertThat(two.read("often")).isEqualTo("version 99");
    assertThat(two.status().displaced()).isZero();
  }

  @Test
  void aHostThatJoinsALogThatBeginsLaterHasAllOfIt() throws Exception {
    one.write("early", "never changed again");
    one.write("gone", "soon");
    one.delete("gone");
    for (int i = 0; i < 60; i++) {
      one.write("often", "version " + i);
      quiet(one);
    }
    assertSame(one, two);
    assertThat(forgetTheLog()).isGreaterThan(20);

    try (Host three =
        new Host("three", directory, LogSource.of(postgres.settings(), key)).start()) {
      assertSame(one, three);
      assertThat(three.read("early")).isEqualTo("never changed again");
    }
  }

  @Test
  void aHostWhoseDeletesNobodyRemembersBringsThemBackRatherThanDifferInSilence() throws Exception {
    one.write("deleted", "long ago");
    assertSame(one, two);
    two.close();
    one.delete("deleted");
    for (int i = 0; i < 40; i++) {
      one.write("often", "version " + i);
      quiet(one);
    }
    postgres.execute("DELETE FROM trifold.host WHERE name = 'two'");
    postgres.execute("DELETE FROM trifold.path_state WHERE path = convert_to('deleted', 'UTF8')");
    forgetTheLog();

    two.start();

    assertSame(one, two);
    assertThat(one.read("deleted")).isEqualTo("long ago");
  }
}
