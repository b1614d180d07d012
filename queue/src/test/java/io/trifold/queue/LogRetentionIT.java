package io.trifold.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trifold.queue.Change.Chunk;
import io.trifold.queue.Change.Content.Chunked;
import io.trifold.queue.Change.Content.Inline;
import io.trifold.queue.Change.Delete;
import io.trifold.queue.Change.PutFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogRetentionIT {
  private static final Metadata METADATA =
      new Metadata(0644, "www-data", "www-data", 1_700_000_000L, 0);
  private static final int SIZE = 10;

  @TempDir Path directory;

  private TestPostgres postgres;
  private FarmKey key;
  private FarmLog log;
  private long sequence;

  @BeforeEach
  void makeFarm() throws Exception {
    postgres = TestPostgres.create();
    key = FarmKey.loadOrCreate(directory.resolve("key"));
    log = postgres.open(key, "web1");
    LogPartitions.small(postgres, SIZE);
  }

  @AfterEach
  void dropFarm() throws Exception {
    log.close();
    postgres.close();
  }

  private static PutFile file(String path, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return new PutFile(path, METADATA, bytes.length, Digest.sha256(bytes), new Inline(bytes));
  }

  private long append(Change change) throws QueueException {
    Draft draft = new Draft(UUID.randomUUID(), ++sequence, 0, change);
    return log.append(List.of(draft)).get(0).position();
  }

  private void appendVersions(String path, int count) throws QueueException {
    for (int i = 0; i < count; i++) {
      append(file(path, "version " + i));
    }
  }

  private long count(String what) throws Exception {
    try (Connection connection = postgres.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT count(*) FROM " + what)) {
      row.next();
      return row.getLong(1);
    }
  }

  private void retain() throws Exception {
    LogPartitions.age(postgres);
    assertThat(log.retain()).isPresent();
  }

  @Test
  void oldEventsGoAndTheLatestOfEachPathStays() throws Exception {
    append(file("early", "stays"));
    appendVersions("often", 35);
    append(new Delete("often"));
    append(file("late", "stays, too"));
    log.acknowledge(log.head().position());

    retain();

    assertThat(log.head().oldest()).isEqualTo(31);
    assertThat(count("trifold.event WHERE position < 31")).isEqualTo(1);
    assertThat(log.states("", 100))
        .extracting(PathState::path)
        .containsExactly("early", "late", "often");
    assertThat(log.state("early").orElseThrow().version()).isEqualTo(1);
    assertThat(log.read(30, 100)).hasSize(8);
    assertThatThrownBy(() -> log.read(29, 100)).isInstanceOf(QueueException.TooOld.class);
    assertThat(append(file("early", "goes on"))).isEqualTo(39);
  }

  @Test
  void versionsThatAreStillWantedStay() throws Exception {
    appendVersions("often", 35);
    log.acknowledge(35);
    LogPartitions.age(postgres);
    postgres.execute("UPDATE trifold.event SET kept_seconds = 2000000000 WHERE position <= 10");

    assertThat(log.retain()).isPresent();

    assertThat(log.head().oldest()).isEqualTo(31);
    assertThat(count("trifold.event WHERE position <= 10")).isEqualTo(10);
    assertThat(count("trifold.event WHERE position > 10 AND position <= 30")).isZero();
  }

  @Test
  void theLogWaitsForEachHostUntilItExpires() throws Exception {
    FarmLog other = postgres.open(key, "web2");
    appendVersions("often", 35);
    log.acknowledge(35);
    other.acknowledge(12);
    other.leave();
    other.close();

    retain();
    assertThat(log.head().oldest()).isEqualTo(11);

    postgres.execute(
        "UPDATE trifold.host SET last_seen = clock_timestamp() - interval '31 days'"
            + " WHERE name = 'web2'");
    retain();
    assertThat(log.head().oldest()).isEqualTo(31);
  }

  @Test
  void aHostThatIsForgottenIsNotWaitedForAndALiveOneIsNotForgotten() throws Exception {
    FarmLog other = postgres.open(key, "web2");
    appendVersions("often", 15);
    log.acknowledge(15);
    assertThatThrownBy(() -> log.forget("web2"))
        .isInstanceOf(QueueException.Refused.class)
        .hasMessageContaining("is mounted");
    assertThatThrownBy(() -> log.forget("web3"))
        .isInstanceOf(QueueException.Refused.class)
        .hasMessageContaining("no host \"web3\"");
    other.leave();
    other.close();

    log.forget("web2");

    assertThat(log.hosts()).extracting(HostStatus::name).containsExactly("web1");
    retain();
    assertThat(log.head().oldest()).isEqualTo(11);
  }

  @Test
  void youngEventsStayWhateverWasApplied() throws Exception {
    appendVersions("often", 35);
    log.acknowledge(35);

    assertThat(log.retain()).isPresent();

    assertThat(log.head().oldest()).isEqualTo(1);
    assertThat(count("trifold.event")).isEqualTo(35);
  }

  @Test
  void oneHostAtATimeLooksAfterTheLog() throws Exception {
    postgres.execute("UPDATE trifold.retention SET every_seconds = 3600");
    try (FarmLog other = postgres.open(key, "web2")) {
      assertThat(log.retain()).isPresent();
      assertThat(other.retain()).isEmpty();
      assertThat(other.retention().orElseThrow().host()).isEqualTo("web1");
      assertThat(other.retention().orElseThrow().ended()).isPresent();
      other.leave();
    }
  }

  @Test
  void tombstonesOutliveTheHostsThatMayNotHaveHeardOfThem() throws Exception {
    append(file("deleted", "soon"));
    append(new Delete("deleted"));
    appendVersions("often", 20);
    log.acknowledge(22);
    FarmLog other = postgres.open(key, "web2");
    other.leave();
    other.close();
    postgres.execute(
        "UPDATE trifold.host SET last_seen = clock_timestamp() - interval '100 days'"
            + " WHERE name = 'web2'");
    postgres.execute("UPDATE trifold.event SET kind = 4 WHERE position = 2");

    retain();
    assertThat(log.head().oldest()).isEqualTo(21);
    assertThat(log.state("deleted")).isPresent();

    log.forget("web2");
    retain();
    assertThat(log.state("deleted")).isEmpty();
  }

  @Test
  void partitionsAreThereBeforeTheyAreNeeded() throws Exception {
    LogPartitions.one(postgres, 3000);
    long before = count("trifold.log_partition");
    for (int batch = 0; batch < 13; batch++) {
      List<Draft> drafts = new ArrayList<>();
      for (int i = 0; i < 1000; i++) {
        drafts.add(new Draft(UUID.randomUUID(), ++sequence, 0, file("f" + i, "version " + batch)));
      }
      log.append(drafts);
    }
    assertThat(log.head().position()).isEqualTo(13_000);
    assertThat(count("trifold.log_partition")).isGreaterThan(before);
  }

  private Chunk store(String text) throws QueueException {
    ChunkData data = ChunkData.of(text.getBytes(StandardCharsets.UTF_8));
    log.store(List.of(data));
    return data.chunk();
  }

  private static PutFile chunked(String path, Chunk chunk) {
    return new PutFile(path, METADATA, chunk.length(), chunk.digest(), new Chunked(List.of(chunk)));
  }

  private void ageChunks() throws Exception {
    postgres.execute("UPDATE trifold.chunk SET last_ref = clock_timestamp() - interval '2 days'");
    postgres.execute("UPDATE trifold.retention SET began_at = NULL");
  }

  @Test
  void contentGoesWithTheLastEventThatNamesIt() throws Exception {
    Chunk first = store("first");
    Chunk second = store("second");
    append(chunked("a", first));
    append(chunked("a", second));
    appendVersions("often", 20);
    log.acknowledge(22);
    ageChunks();

    retain();

    assertThat(log.missing(List.of(first.digest(), second.digest())))
        .containsExactly(first.digest());
    assertThat(log.fetch(second)).isEqualTo("second".getBytes(StandardCharsets.UTF_8));
    assertThat(count("trifold.event_chunk")).isEqualTo(1);
  }

  @Test
  void contentThatWasJustStoredOrAskedForStays() throws Exception {
    Chunk old = store("old");
    Chunk asked = store("asked for");
    ageChunks();
    Chunk young = store("young");
    assertThat(log.missing(Set.of(asked.digest()))).isEmpty();
    postgres.execute("UPDATE trifold.retention SET began_at = NULL");

    assertThat(log.retain().orElseThrow()).contains("1 contents");

    assertThat(log.fetch(young)).isNotEmpty();
    assertThat(log.fetch(asked)).isNotEmpty();
    assertThatThrownBy(() -> log.fetch(old)).isInstanceOf(QueueException.Corrupt.class);
  }

  @Test
  void contentThatIsBeingNamedIsNotTaken() throws Exception {
    Chunk chunk = store("about to be named");
    ageChunks();
    try (Connection appending = postgres.connect();
        Statement statement = appending.createStatement()) {
      appending.setAutoCommit(false);
      // What an append does first: it has the chunk's lock, and has not said so to anybody yet.
      statement.executeQuery("SELECT 1 FROM trifold.chunk FOR NO KEY UPDATE").close();

      assertThat(log.retain()).isPresent();
      appending.rollback();
    }

    assertThat(log.fetch(chunk)).isNotEmpty();
  }

  @Test
  void appendsAndReadsGoOnMeanwhile() throws Exception {
    appendVersions("often", 50);
    log.acknowledge(50);
    LogPartitions.age(postgres);
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try (FarmLog reader = postgres.open(key, "web2")) {
      reader.acknowledge(50);
      Future<Void> appends =
          threads.submit(
              () -> {
                for (int i = 0; i < 200; i++) {
                  append(file("f" + i % 7, "more " + i));
                }
                return null;
              });
      Future<Integer> reads =
          threads.submit(
              () -> {
                int seen = 0;
                while (seen < 200) {
                  seen += reader.read(50 + seen, 1000).size();
                }
                return seen;
              });
      for (int i = 0; i < 5; i++) {
        log.retain();
        postgres.execute("UPDATE trifold.retention SET began_at = NULL");
      }
      appends.get();
      assertThat(reads.get()).isEqualTo(200);
      reader.leave();
    } finally {
      threads.shutdownNow();
    }
    assertThat(log.head().oldest()).isEqualTo(51);
    assertThat(count("trifold.event WHERE position <= 50")).isLessThanOrEqualTo(1);
  }
}
