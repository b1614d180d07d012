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
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lines on their way from the spool to collectors that are there, or not. */
class SyslogPumpTest {
  private static final String SECRET = "changeit";

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

  private static String frame(InputStream in) throws IOException {
    int length = 0;
    for (int c = in.read(); c != ' '; c = in.read()) {
      length = 10 * length + c - '0';
    }
    return new String(in.readNBytes(length), StandardCharsets.UTF_8);
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
          assertThat(frame(in))
              .isEqualTo("<150>1 1970-01-01T00:00:00.000Z web1 app - - - [web1] one");
          assertThat(frame(in)).startsWith("<147>1 ").endsWith("[web1] ERROR: two");
        }
      }
    }
    assertThat(counts.toSyslog).hasValue(2);
    assertThat(spool.done(Spool.Outlet.SYSLOG)).isEqualTo(spool.last());
  }

  @Test
  void aCollectorByTlsIsTrustedByItsCertificateAlone() throws Exception {
    Path store = directory.resolve("store.p12");
    keytool(
        "-genkeypair",
        "-alias",
        "a",
        "-keyalg",
        "EC",
        "-dname",
        "CN=localhost",
        "-ext",
        "SAN=dns:localhost",
        "-storetype",
        "PKCS12",
        "-keystore",
        store.toString());
    Path certificate = directory.resolve("a.pem");
    keytool(
        "-exportcert",
        "-rfc",
        "-alias",
        "a",
        "-keystore",
        store.toString(),
        "-file",
        certificate.toString());
    spool("one");

    try (ServerSocket server = tls(store)) {
      CompletableFuture<String> received =
          CompletableFuture.supplyAsync(
              () -> {
                while (true) {
                  try (Socket connection = server.accept()) {
                    return frame(connection.getInputStream());
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
      try (SyslogPump trusting = pump(address, Optional.of(certificate))) {
        assertThat(trusting.run()).isTrue();
        assertThat(received.get(60, TimeUnit.SECONDS)).endsWith("[web1] one");
      }
    }
  }

  private static void keytool(String... arguments) throws Exception {
    List<String> command =
        new java.util.ArrayList<>(
            List.of(Path.of(System.getProperty("java.home"), "bin", "keytool").toString()));
    command.addAll(List.of(arguments));
    command.addAll(List.of("-storepass", SECRET));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(process.waitFor()).isZero();
  }

  private static ServerSocket tls(Path store) throws Exception {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, SECRET.toCharArray());
    }
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, SECRET.toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    return context.getServerSocketFactory().createServerSocket(0);
  }
}
