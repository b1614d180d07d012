package io.trifold.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trifold.queue.QueueException.Corrupt;
import io.trifold.queue.QueueException.Refused;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LineStreamIT {
  private static final Instant AT = Instant.parse("2026-01-02T03:04:05.678Z");

  @TempDir Path directory;

  private TestPostgres postgres;
  private FarmKey key;
  private final List<AutoCloseable> open = new ArrayList<>();

  @BeforeEach
  void makeFarm() throws Exception {
    postgres = TestPostgres.create();
    key = FarmKey.loadOrCreate(directory.resolve("key"));
  }

  @AfterEach
  void dropFarm() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
    postgres.close();
  }

  private LineStream open(Membership membership) throws QueueException {
    open.add(Queue.open(postgres.settings(), key, membership));
    LineStream stream = Queue.openLines(postgres.settings(), () -> key, membership);
    open.add(stream);
    return stream;
  }

  private static Lines lines(long sequence, String text) {
    return new Lines(sequence, AT, "var/a.log", text.getBytes(StandardCharsets.UTF_8));
  }

  private void sql(String statement) throws Exception {
    try (Connection connection =
            Connections.dataSource(postgres.settings(), "test").getConnection();
        Statement run = connection.createStatement()) {
      run.execute(statement);
    }
  }

  @Test
  void everyHostReadsWhatEachHasAppendedInOrder() throws Exception {
    LineStream first = open(TestPostgres.membership("web1"));
    LineStream second = open(TestPostgres.membership("web2"));
    first.append(List.of(lines(5, "one\ntwo"), lines(9, "three")));
    second.append(List.of(lines(1, "four")));

    List<LineBatch> batches = second.read(0, 10);

    assertThat(batches).extracting(LineBatch::position).containsExactly(1L, 2L);
    assertThat(batches).extracting(LineBatch::host).containsExactly("web1", "web2");
    assertThat(batches.get(0).lines()).containsExactly(lines(5, "one\ntwo"), lines(9, "three"));
    assertThat(first.read("web2", 0, Optional.of(Instant.EPOCH), 10)).hasSize(1);
    assertThat(first.read("web2", 2, Optional.empty(), 10)).isEmpty();
    assertThat(first.read("web2", 0, Optional.of(Instant.now().plusSeconds(3600)), 10)).isEmpty();
    assertThat(first.hosts()).containsExactly("web1", "web2");
    assertThat(first.lastSequence()).isEqualTo(9);
  }

  @Test
  void aNewHostBeginsWhereItsSessionBegan() throws Exception {
    LineStream first = open(TestPostgres.membership("web1"));
    assertThat(first.beginning()).isZero();
    first.append(List.of(lines(1, "before it came")));
    LineStream second = open(TestPostgres.membership("web2"));
    assertThat(second.beginning()).isEqualTo(1);
    first.append(List.of(lines(2, "before it asked")));

    assertThat(second.beginning()).isEqualTo(1);
    assertThat(first.beginning()).isZero();
  }

  @Test
  void whatIsOfferedAgainIsThereOnce() throws Exception {
    LineStream stream = open(TestPostgres.membership("web1"));
    stream.append(List.of(lines(1, "one"), lines(2, "two")));

    stream.append(List.of(lines(1, "one"), lines(2, "two")));

    assertThat(stream.ends().position()).isEqualTo(1);
    assertThatThrownBy(() -> stream.append(List.of(lines(2, "two"), lines(3, "three"))))
        .isInstanceOf(Refused.class);
  }

  @Test
  void aSessionThatWasReplacedAppendsNothing() throws Exception {
    Membership membership = TestPostgres.membership("web1");
    LineStream old = open(membership);
    open(
        new Membership(
            "web1", membership.incarnation(), UUID.randomUUID(), "auto", membership.root()));

    assertThatThrownBy(() -> old.append(List.of(lines(1, "one")))).isInstanceOf(Refused.class);
  }

  @Test
  void whatWasNotSignedByAHostIsNotBelieved() throws Exception {
    LineStream stream = open(TestPostgres.membership("web1"));
    stream.append(List.of(lines(1, "one")));
    sql("UPDATE trifold.line_batch SET payload = set_byte(payload, 40, 7)");

    assertThatThrownBy(() -> stream.read(0, 1))
        .isInstanceOf(Corrupt.class)
        .hasMessageContaining("signature");
  }

  @Test
  void aBatchOfAnotherHostsNameIsNotBelieved() throws Exception {
    LineStream stream = open(TestPostgres.membership("web1"));
    stream.append(List.of(lines(1, "one")));
    sql("UPDATE trifold.line_batch SET host = 'web2'");

    assertThatThrownBy(() -> stream.read(0, 1))
        .isInstanceOf(Corrupt.class)
        .hasMessageContaining("columns");
  }

  @Test
  void whatIsOldIsRemovedAndNoHoleIsLeftUntold() throws Exception {
    LineStream stream = open(TestPostgres.membership("web1"));
    stream.append(List.of(lines(1, "one")));
    stream.append(List.of(lines(2, "two")));
    sql("UPDATE trifold.line_batch SET appended_at = now() - interval '8 days' WHERE position = 1");

    assertThat(stream.prune(Duration.ofDays(7))).isEqualTo(1);
    assertThat(stream.prune(Duration.ofDays(7))).isZero();

    assertThat(stream.ends()).isEqualTo(new LineStream.Ends(2, 2));
    assertThat(stream.read(1, 10)).hasSize(1);
    assertThatThrownBy(() -> stream.read(0, 10)).isInstanceOf(Corrupt.class);
  }
}
