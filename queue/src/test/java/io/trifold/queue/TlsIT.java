package io.trifold.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TLS to a real server with a certificate of its own, by pgjdbc's settings in the URL. */
class TlsIT {
  @TempDir Path directory;
  private TestPostgres postgres;
  private FarmKey key;

  @BeforeEach
  void certify() throws Exception {
    postgres = TestPostgres.create();
    key = FarmKey.loadOrCreate(directory.resolve("key"));
    certificate("server", "localhost");
    certificate("another", "localhost");
    postgres.serveTls(directory.resolve("server.crt"), directory.resolve("server.key"));
  }

  @AfterEach
  void drop() throws Exception {
    postgres.serveNoTls();
    postgres.close();
  }

  private void certificate(String name, String host) throws Exception {
    int status =
        new ProcessBuilder(
                List.of(
                    "openssl",
                    "req",
                    "-x509",
                    "-newkey",
                    "rsa:2048",
                    "-nodes",
                    "-days",
                    "2",
                    "-subj",
                    "/CN=" + host,
                    "-addext",
                    "subjectAltName=DNS:" + host,
                    "-keyout",
                    directory.resolve(name + ".key").toString(),
                    "-out",
                    directory.resolve(name + ".crt").toString()))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start()
            .onExit()
            .get(60, TimeUnit.SECONDS)
            .exitValue();
    assertThat(status).isZero();
    assertThat(Files.size(directory.resolve(name + ".crt"))).isPositive();
  }

  private FarmLog open(String host, String certificate) throws QueueException {
    QueueSettings plain = postgres.settings();
    String url =
        plain.jdbcUrl().replace("127.0.0.1", host)
            + "?sslmode=verify-full&sslrootcert="
            + directory.resolve(certificate);
    return Queue.open(
        new QueueSettings(url, plain.user(), plain.password()),
        key,
        TestPostgres.membership("web1"));
  }

  @Test
  void connectsToTheServerWhoseCertificateIsGiven() throws Exception {
    try (FarmLog log = open("localhost", "server.crt")) {
      assertThat(log.head().position()).isZero();
    }
  }

  @Test
  void doesNotConnectToAnotherServer() {
    assertThatThrownBy(() -> open("localhost", "another.crt"))
        .isInstanceOf(QueueException.class)
        .hasMessageContaining("sslmode=verify-full");
    assertThatThrownBy(() -> open("127.0.0.1", "server.crt")).isInstanceOf(QueueException.class);
  }
}
