package io.trifold.logs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trifold.posix.BackingRoot;
import io.trifold.queue.Lines;
import io.trifold.rules.RuleSet;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lines on their way from the spool to collectors that are there, or not. */
class SyslogPumpTest {
  @TempDir Path directory;

  private BackingRoot root;
  private Spool spool;
  private LogFiles files;
  private final LogCounts counts = new LogCounts();

  @BeforeEach
  void open() throws Exception {
    root = BackingRoot.open(directory.toString());
    spool = Spool.open(directory.resolve("logs"), 1 << 20);
    RuleSet rules = RuleSet.parse("t", "log *.log facility=local2 tag=app");
    files = new LogFiles(root, rules.root(), "web1", spool, counts);
  }

  @AfterEach
  void close() throws Exception {
    spool.close();
    root.close();
  }

  private void spool(String text) throws IOException {
    spool.append(
        new Spooled(
            new Lines(0, Instant.EPOCH, "a.log", text.getBytes(StandardCharsets.UTF_8)),
            true,
            false,
            0,
            -1,
            1,
            false,
            new byte[0]));
  }

  private SyslogPump pump(String address, Optional<Path> authorities) {
    return new SyslogPump(SyslogAddress.parse(address, authorities), spool, files, "web1", counts);
  }

  @Test
  void aCollectorThatWasAwayGetsEachLineOnce() throws Exception {
    int port;
    try (ServerSocket reserved = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = reserved.getLocalPort();
    }
    spool("one\nERROR: two");
    try (SyslogPump pump = pump("tcp://127.0.0.1:" + port, Optional.empty())) {
      assertThatThrownBy(pump::run).hasMessageContaining("tcp://127.0.0.1:" + port + " cannot be");

      try (ServerSocket server = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        assertThat(pump.run()).isTrue();
        try (Socket connection = server.accept()) {
          InputStream in = connection.getInputStream();
          assertThat(StreamFrames.next(in))
              .isEqualTo("<150>1 1970-01-01T00:00:00.000Z web1 app - - - [web1] one");
          assertThat(StreamFrames.next(in)).startsWith("<147>1 ").endsWith("[web1] ERROR: two");
        }
      }
    }
    assertThat(counts.toSyslog).hasValue(2);
    assertThat(spool.done(Spool.Outlet.SYSLOG)).isEqualTo(spool.last());
  }

  @Test
  void whatComesAfterACollectorWasRestartedIsNotLost() throws Exception {
    ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    int port = server.getLocalPort();
    spool("one");
    try (SyslogPump pump = pump("tcp://127.0.0.1:" + port, Optional.empty())) {
      assertThat(pump.run()).isTrue();
      try (server;
          Socket connection = server.accept()) {
        assertThat(StreamFrames.next(connection.getInputStream())).endsWith("[web1] one");
      }
      // Without a pause nobody can tell what it still took.
      Thread.sleep(100);
      spool("two");
      try (ServerSocket again = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        assertThatThrownBy(pump::run).hasMessageContaining("has closed the connection");
        assertThat(pump.run()).isTrue();
        try (Socket connection = again.accept()) {
          assertThat(StreamFrames.next(connection.getInputStream())).endsWith("[web1] two");
        }
      }
    }
  }

  @Test
  void aCollectorByTlsIsTrustedByItsCertificateAlone() throws Exception {
    SelfSigned identity = SelfSigned.in(directory);
    spool("one");

    try (ServerSocket server = identity.listen(0)) {
      CompletableFuture<String> received =
          CompletableFuture.supplyAsync(
              () -> {
                while (true) {
                  try (Socket connection = server.accept()) {
                    return StreamFrames.next(connection.getInputStream());
                  } catch (IOException e) {
                    if (server.isClosed()) {
                      return e.toString();
                    }
                  }
                }
              });
      String address = "tls://localhost:" + server.getLocalPort();
      try (SyslogPump distrusting = pump(address, Optional.empty())) {
        assertThatThrownBy(distrusting::run).isInstanceOf(IOException.class);
      }
      try (SyslogPump trusting = pump(address, Optional.of(identity.certificate()))) {
        assertThat(trusting.run()).isTrue();
        assertThat(received.get(60, TimeUnit.SECONDS)).endsWith("[web1] one");
      }
    }
  }
}
