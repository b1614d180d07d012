package io.trifold.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trifold.queue.QueueException.Refused;
import io.trifold.queue.QueueException.Unreachable;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QueueOpenIT {
  @TempDir static Path directory;

  private static TestPostgres postgres;
  private static FarmKey key;

  @BeforeAll
  static void makeDatabase() throws Exception {
    postgres = TestPostgres.create();
    key = FarmKey.loadOrCreate(directory.resolve("key"));
  }

  @AfterAll
  static void dropDatabase() throws Exception {
    postgres.close();
  }

  private static AbstractThrowableAssert<?, ? extends Throwable> assertThatOpening(
      QueueSettings settings) {
    return assertThatThrownBy(() -> Queue.open(settings, key, TestPostgres.membership("web1")))
        .hasMessageNotContaining("\n")
        .hasMessageNotContaining(postgres.settings().password().orElseThrow());
  }

  private static QueueSettings at(String url) {
    return new QueueSettings(url, postgres.settings().user(), postgres.settings().password());
  }

  @Test
  void aWrongPasswordIsRefused() {
    assertThatOpening(TestPostgres.withPassword(postgres.settings(), "WRONG"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("refuses user or password")
        .hasMessageNotContaining("WRONG");
  }

  @Test
  void aMissingPasswordIsRefused() {
    assertThatOpening(
            new QueueSettings(
                postgres.settings().jdbcUrl(), Optional.of("trifold"), Optional.empty()))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("refuses the login");
  }

  @Test
  void anUnknownDatabaseIsRefused() {
    assertThatOpening(at(postgres.settings().jdbcUrl().replaceFirst("/[^/]*$", "/nowhere")))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("no such database")
        .hasMessageContaining("nowhere");
  }

  @Test
  void anUnknownHostIsUnreachable() {
    assertThatOpening(at("jdbc:postgresql://nowhere.invalid/db"))
        .isInstanceOf(Unreachable.class)
        .hasMessageContaining("no host of that name");
  }

  @Test
  void aClosedPortIsUnreachable() {
    assertThatOpening(at("jdbc:postgresql://127.0.0.1:1/db"))
        .isInstanceOf(Unreachable.class)
        .hasMessageContaining("connection refused");
  }

  @Test
  void aUserWhoMayNotMakeTheSchemaIsRefused() throws Exception {
    postgres.execute("CREATE ROLE poor LOGIN PASSWORD 'poor'");
    try {
      assertThatOpening(
              new QueueSettings(
                  postgres.settings().jdbcUrl(), Optional.of("poor"), Optional.of("poor")))
          .isInstanceOf(Refused.class)
          .hasMessageContaining("denies")
          .hasMessageContaining("permission denied");
    } finally {
      postgres.execute("DROP ROLE poor");
    }
  }

  @Test
  void aUserWhoOwnsOnlyTheDatabaseIsEnough() throws Exception {
    postgres.execute("CREATE ROLE modest LOGIN PASSWORD 'modest'");
    try (TestPostgres own = TestPostgres.create()) {
      own.execute(
          "ALTER DATABASE "
              + own.settings().jdbcUrl().replaceFirst(".*/", "")
              + " OWNER TO modest");
      QueueSettings settings =
          new QueueSettings(own.settings().jdbcUrl(), Optional.of("modest"), Optional.of("modest"));
      try (FarmLog log = Queue.open(settings, key, TestPostgres.membership("web1"))) {
        assertThat(log.head().position()).isZero();
      }
    } finally {
      postgres.execute("DROP ROLE modest");
    }
  }

  @Test
  void oneUrlMayHoldUserAndPassword() throws Exception {
    try (TestPostgres own = TestPostgres.create();
        FarmLog log =
            Queue.open(new QueueSettings(own.url()), key, TestPostgres.membership("web1"))) {
      assertThat(log.head().position()).isZero();
    }
  }

  @Test
  void aPoolerThatSwallowsNotificationsIsRefused() throws Exception {
    String url = postgres.settings().jdbcUrl();
    int port = URI.create(url.substring("jdbc:".length())).getPort();
    try (DeafProxy proxy = new DeafProxy(port)) {
      assertThatOpening(at(url.replace(":" + port, ":" + proxy.port()) + "?sslmode=disable"))
          .isInstanceOf(Refused.class)
          .hasMessageContaining("a pooler in transaction mode?");
    }
  }
}
