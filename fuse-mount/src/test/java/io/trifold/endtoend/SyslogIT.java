package io.trifold.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.logs.SelfSigned;
import io.trifold.logs.StreamFrames;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lines of a real mount on their way to syslog, by the transports that are more than datagrams. */
class SyslogIT {
  private static final String RULES =
      """
      log /var/*.log targets=file,syslog
      log /var/errors.php targets=file,syslog host-tag=none tag=php facility=local2
      """;

  /** A syslog daemon as far as its socket goes; a datagram a line. */
  private static final String RECEIVER =
      "use Socket; $| = 1;"
          + " socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die $!;"
          + " bind($s, pack_sockaddr_un($ARGV[0])) or die $!;"
          + " while (defined recv($s, my $m, 65536, 0)) { print \"$m\\n\" }";

  @TempDir Path directory;

  private FarmHosts farm;

  private void mount(String... settings) throws Exception {
    Requirements.mounts();
    farm = FarmHosts.in(directory, RULES, List.of("web1"), settings);
    Files.createDirectory(farm.host(0).path("var"));
    Files.createFile(farm.host(0).path("var/shop.log"));
    Files.createFile(farm.host(0).path("var/errors.php"));
    farm.mount();
  }

  @AfterEach
  void unmount() throws Exception {
    if (farm != null) {
      farm.stop();
    }
  }

  private void append(String log, String text) throws IOException {
    Files.writeString(farm.host(0).path("var/" + log), text, StandardOpenOption.APPEND);
  }

  private String status() throws IOException {
    return Files.readString(farm.host(0).path(".trifold/status"));
  }

  @Test
  void theSystemsOwnSyslogGetsEachLineOnceAlsoAfterItsRestart() throws Exception {
    Requirements.programs("perl");
    Path socket = directory.resolve("log");
    mount("syslog = \"unix:" + socket + "\"");
    Path first = directory.resolve("first");
    Process receiver = receiver(socket, first);

    append("shop.log", "2026-01-01\tERROR\tno stock\nplain\n[core:warn] odd\n");
    append("errors.php", "PHP Warning:  odder\n");

    String time = "[A-Z][a-z]{2} [ 1-3][0-9] [0-9:]{8} ";
    Eventually.passes(() -> assertThat(Files.readAllLines(first)).hasSize(4));
    List<String> received = Files.readAllLines(first);
    assertThat(received.get(0))
        .matches("<11>" + time + "shop: \\[web1] 2026-01-01\tERROR\tno stock");
    assertThat(received.get(1)).matches("<14>" + time + "shop: \\[web1] plain");
    assertThat(received.get(2)).matches("<12>" + time + "shop: \\[web1] \\[core:warn] odd");
    assertThat(received.get(3)).matches("<148>" + time + "php: PHP Warning:  odder");

    Host.kill(receiver);
    append("shop.log", "while it is away\n");
    Eventually.passes(() -> assertThat(status()).contains("is a syslog daemon running?"));
    Files.delete(socket);
    Path second = directory.resolve("second");
    receiver(socket, second);
    append("shop.log", "and afterwards\n");

    Eventually.passes(() -> assertThat(Files.readString(second)).contains("and afterwards"));
    assertThat(Files.readAllLines(second))
        .satisfiesExactly(
            line -> assertThat(line).endsWith("shop: [web1] while it is away"),
            line -> assertThat(line).endsWith("shop: [web1] and afterwards"));
    Eventually.passes(() -> assertThat(status()).doesNotContain("log-problem"));
  }

  private Process receiver(Path socket, Path output) throws Exception {
    Process receiver =
        farm.stopping(Commands.start(List.of("perl", "-e", RECEIVER, socket.toString()), output));
    Eventually.passes(() -> assertThat(socket).exists());
    return receiver;
  }

  @Test
  void whatIsWrittenAfterACollectorHasGoneComesWhenItIsBack() throws Exception {
    int port;
    try (Collector collector = new Collector(listen(0))) {
      port = collector.port();
      mount("syslog = \"tcp://127.0.0.1:" + port + "\"");

      append("shop.log", "PHP Fatal error:  no\nlevel=warning slow\n");
      append("errors.php", "{\"level\":\"debug\"}\n");

      assertThat(collector.next())
          .matches("<11>1 20\\S+Z web1 shop - - - \\[web1] PHP Fatal error:  no");
      assertThat(collector.next()).matches("<12>1 20\\S+Z web1 shop - - - .* slow");
      assertThat(collector.next()).matches("<151>1 20\\S+Z web1 php - - - \\{\"level\":\"debug\"}");
    }
    // Of what follows without a pause nobody can tell what the collector still took.
    Thread.sleep(200);
    append("shop.log", "while it is away\n");
    Eventually.passes(
        () -> assertThat(status()).contains("tcp://127.0.0.1:" + port + " cannot be reached"));

    try (Collector collector = new Collector(listen(port))) {
      append("shop.log", "and afterwards\n");
      assertThat(collector.next()).endsWith("shop - - - [web1] while it is away");
      assertThat(collector.next()).endsWith("shop - - - [web1] and afterwards");
      Eventually.passes(() -> assertThat(status()).doesNotContain("log-problem"));
    }
    // One that is back before anybody has noticed.
    Thread.sleep(200);
    try (Collector collector = new Collector(listen(port))) {
      append("shop.log", "to a new one\n");
      assertThat(collector.next()).endsWith("shop - - - [web1] to a new one");
    }
  }

  @Test
  void aCollectorByTlsGetsLinesOnceItsCertificateIsTrusted() throws Exception {
    SelfSigned identity = SelfSigned.in(directory);
    try (Collector collector = new Collector(identity.listen(0))) {
      String address = "syslog = \"tls://localhost:" + collector.port() + "\"";
      mount(address);
      append("shop.log", "[error] not for everybody\n");
      Eventually.passes(() -> assertThat(status()).contains("log-problem", "tls://localhost:"));
      farm.host(0).unmount();

      farm.host(0).configure(address, "syslog-ca = \"" + identity.certificate() + "\"");
      farm.host(0).mount();
      append("shop.log", "and afterwards\n");

      assertThat(collector.next())
          .matches("<11>1 20\\S+Z web1 shop - - - \\[web1] \\[error] not for everybody");
      assertThat(collector.next()).matches("<14>1 20\\S+Z web1 shop - - - \\[web1] and afterwards");
      Eventually.passes(() -> assertThat(status()).doesNotContain("log-problem"));
    }
  }

  private static ServerSocket listen(int port) throws IOException {
    return new ServerSocket(port, 10, InetAddress.getLoopbackAddress());
  }

  /** Takes messages by streams, and closes those when it is closed. */
  private static final class Collector implements AutoCloseable {
    private final ServerSocket server;
    private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
    private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();
    private final Thread thread = new Thread(this::accept, "collector");

    Collector(ServerSocket server) {
      this.server = server;
      thread.start();
    }

    int port() {
      return server.getLocalPort();
    }

    /** One connection after the other, as one mount makes them. */
    private void accept() {
      while (!server.isClosed()) {
        try (Socket connection = server.accept()) {
          connections.add(connection);
          InputStream in = connection.getInputStream();
          while (true) {
            messages.add(StreamFrames.next(in));
          }
        } catch (IOException ended) {
          connections.removeIf(Socket::isClosed);
        }
      }
    }

    String next() throws InterruptedException {
      return messages.poll(60, TimeUnit.SECONDS);
    }

    @Override
    public void close() throws IOException {
      server.close();
      for (Socket connection : connections) {
        connection.close();
      }
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
