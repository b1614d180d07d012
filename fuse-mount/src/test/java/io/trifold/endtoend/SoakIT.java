package io.trifold.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.queue.QueueSettings;
import io.trifold.queue.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three hosts on real mounts, with a real database behind a bad network, and somebody who kills
 * what there is to kill. Then all trees are equal, byte for byte, and hold what was promised.
 *
 * <p>{@code scripts/soak} lets it run for longer.
 */
class SoakIT {
  private static final long SECONDS = Long.getLong("soak.seconds", 25);
  private static final long SEED = Long.getLong("soak.seed", System.nanoTime() & 0xffffff);
  private static final long CALM_MINUTES = 2;

  private static final String RULES = "propagated /pages/\nlocal /pages/**/*.tmp\n";

  @TempDir Path directory;

  private final Random random = new Random(SEED);
  private final List<Host> hosts = new ArrayList<>();
  private final Map<Host, NetworkNamespace> networks = new LinkedHashMap<>();
  private final Map<Host, LossyProxy> proxies = new LinkedHashMap<>();
  private final Map<Host, Process> daemons = new LinkedHashMap<>();
  private final Map<String, Integer> troubles = new TreeMap<>();
  private Signaller signals;
  private EmbeddedPostgres postgres;
  private int port;

  @BeforeEach
  void layOut() throws Exception {
    Requirements.mounts();
    signals = new Signaller();
    postgres = EmbeddedPostgres.join(directory.resolve("database"));
    QueueSettings settings = postgres.settings();
    Files.createDirectories(directory.resolve("shared"));
    Files.writeString(directory.resolve("site.rules"), RULES);
    Path password =
        Files.createFile(
            directory.resolve("password"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(password, settings.password().orElseThrow());
    port = port(settings);
    for (String name : List.of("host1", "host2", "host3")) {
      addHost(name);
    }
  }

  private static int port(QueueSettings settings) {
    return Integer.parseInt(settings.jdbcUrl().replaceFirst(".*:(\\d+)/.*", "$1"));
  }

  private Host addHost(String name) throws Exception {
    Path root = Files.createDirectories(directory.resolve(name));
    Files.createDirectories(root.resolve("pages"));
    Host host = new Host(name, root, directory, "auto");
    hosts.add(host);
    proxies.put(host, new LossyProxy(port, wire(host)));
    return host;
  }

  /**
   * Our end of the host's wire. A container may be privileged and have no say over its network: the
   * rest of the soak is worth its while there, too, and says what it leaves out.
   */
  private InetAddress wire(Host host) throws Exception {
    try {
      NetworkNamespace network = new NetworkNamespace(directory.resolve(host.name() + ".network"));
      networks.put(host, network);
      return network.address();
    } catch (IOException | IllegalStateException | AssertionError e) {
      System.out.println(
          "soak: %s has no network of its own, no wire of it is cut: %s"
              .formatted(host.name(), e.getMessage()));
      return InetAddress.getLoopbackAddress();
    }
  }

  @AfterEach
  void takeAway() throws Exception {
    for (Process daemon : daemons.values()) {
      signals.send(daemon, "CONT");
      daemon.destroy();
      if (!daemon.waitFor(60, TimeUnit.SECONDS)) {
        Host.kill(daemon);
      }
    }
    for (Host host : hosts) {
      if (host.isMounted()) {
        Commands.succeed(List.of("umount", "-l", host.root().toString()));
      }
    }
    for (LossyProxy proxy : proxies.values()) {
      proxy.close();
    }
    for (NetworkNamespace network : networks.values()) {
      network.close();
    }
    if (postgres != null) {
      postgres.close();
    }
    if (signals != null) {
      signals.close();
    }
  }

  @Test
  void whateverIsKilledAllTreesEndEqualAndHoldWhatWasPromised() throws Exception {
    System.out.println("soak: -Dsoak.seed=" + SEED + " for " + SECONDS + " s");
    for (Host host : hosts) {
      mount(host);
    }
    Map<Host, SoakWriter> writers = new LinkedHashMap<>();
    List<Thread> threads = new ArrayList<>();
    for (Host host : hosts) {
      SoakWriter writer = new SoakWriter(host, random.nextLong());
      writers.put(host, writer);
      threads.add(new Thread(writer, "writer of " + host.name()));
    }
    threads.forEach(Thread::start);
    trouble(SECONDS / 3);
    copyDatabase();
    trouble(SECONDS / 3);
    Host late = addHost("host4");
    mount(late);
    trouble(SECONDS / 3);
    putCopyBack();
    trouble(1);
    writers.values().forEach(SoakWriter::stop);
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(writers.values()).allMatch(writer -> writer.promised() > 0);
    eventuallyEqual(writers);
    System.out.println("soak: met " + troubles);
    writers.forEach(
        (host, writer) ->
            System.out.println(
                "soak: %s was promised %d writes; %d of its operations failed"
                    .formatted(host.name(), writer.promised(), writer.failed())));
  }

  private void mount(Host host) throws Exception {
    QueueSettings settings = postgres.settings();
    String url =
        settings.jdbcUrl().replaceFirst("//[^/]*/", "//" + proxies.get(host).address() + "/");
    List<String> command =
        List.of(
            Commands.TOP.resolve("scripts/trifold").toString(),
            "mount",
            host.root().toString(),
            "--foreground",
            "--rules",
            directory.resolve("site.rules").toString(),
            "--remote",
            directory.resolve("shared").toString(),
            "--state",
            directory.resolve("state").toString(),
            "--host",
            host.name(),
            "--queue",
            url,
            "--queue-user",
            settings.user().orElseThrow(),
            "--queue-password-file",
            directory.resolve("password").toString());
    Path output = directory.resolve(host.name() + ".out");
    Process daemon = Commands.start(within(host, command), output);
    daemons.put(host, daemon);
    Eventually.passes(
        () -> {
          if (!daemon.isAlive()) {
            throw new IllegalStateException("no mount: " + Files.readString(output));
          }
          Files.readString(host.root().resolve(".trifold/status"));
        });
  }

  private List<String> within(Host host, List<String> command) {
    return networks.containsKey(host) ? networks.get(host).within(command) : command;
  }

  private void trouble(long seconds) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    do {
      Thread.sleep(300 + random.nextInt(1500));
      trouble();
    } while (System.nanoTime() < end);
  }

  private void trouble() throws Exception {
    Host host = hosts.get(random.nextInt(hosts.size()));
    int kind = random.nextInt(10);
    switch (kind) {
      case 0, 1 -> {
        met("kill -9 of a daemon");
        Host.kill(daemons.get(host));
        mount(host);
      }
      case 2 -> {
        met("kill -9 of the postmaster");
        endDatabase("KILL");
        Thread.sleep(random.nextInt(1000));
        ensureDatabase();
      }
      case 3 -> {
        met("a daemon that stands still");
        signals.send(daemons.get(host), "STOP");
        Thread.sleep(random.nextInt(2000));
        signals.send(daemons.get(host), "CONT");
      }
      case 4 -> {
        met("connections that break");
        proxies.get(host).cut();
      }
      case 5, 6 -> {
        met("a reply that is lost");
        proxies.get(host).swallow();
      }
      case 7, 8 -> {
        if (networks.containsKey(host)) {
          met("a wire that is cut");
          networks.get(host).connect(false);
          // Now and then for longer than the lease of a host.
          Thread.sleep(random.nextInt(10) == 0 ? 20_000 : random.nextInt(4000));
          networks.get(host).connect(true);
        }
      }
      default -> {
        met("a database out of reach");
        proxies.get(host).refuse(true);
        Thread.sleep(random.nextInt(2000));
        proxies.get(host).refuse(false);
      }
    }
  }

  private void copyDatabase() throws Exception {
    endDatabase("QUIT");
    Commands.succeed(List.of("cp", "-a", data().toString(), directory.resolve("copy").toString()));
    ensureDatabase();
  }

  /** All that was appended since the copy was made is lost, and only on the hosts' disks. */
  private void putCopyBack() throws Exception {
    met("an older database");
    // What will be lost is to be on all of them.
    long head = number(hosts.get(0), "head");
    for (Host host : hosts) {
      Eventually.passes(() -> assertThat(number(host, "position")).isGreaterThanOrEqualTo(head));
    }
    endDatabase("QUIT");
    Commands.succeed(List.of("rm", "-r", data().toString()));
    Files.move(directory.resolve("copy"), data());
    ensureDatabase();
  }

  private static long number(Host host, String line) throws IOException {
    return Files.readAllLines(host.root().resolve(".trifold/status")).stream()
        .filter(text -> text.startsWith(line + ":"))
        .map(text -> Long.parseLong(text.substring(line.length() + 1).strip()))
        .findFirst()
        .orElse(0L);
  }

  private Path data() {
    return directory.resolve("database/queue/data");
  }

  /** QUIT ends it at once like a crash, and all its children before it. */
  private void endDatabase(String signal) throws Exception {
    List<String> lines = Files.readAllLines(data().resolve("postmaster.pid"));
    ProcessHandle server = ProcessHandle.of(Long.parseLong(lines.get(0).strip())).orElseThrow();
    Commands.succeed(List.of("kill", "-" + signal, Long.toString(server.pid())));
    server.onExit().get(60, TimeUnit.SECONDS);
  }

  /** The killed server's children need a moment to see it and to let go of its memory. */
  private void ensureDatabase() throws Exception {
    Eventually.passes(
        () -> {
          try {
            port = port(postgres.ensureRunning());
            proxies.values().forEach(proxy -> proxy.leadTo(port));
          } catch (io.trifold.queue.QueueException e) {
            throw new IOException(e);
          }
        });
  }

  private void met(String trouble) {
    troubles.merge(trouble, 1, Integer::sum);
  }

  private void eventuallyEqual(Map<Host, SoakWriter> writers) throws Exception {
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(CALM_MINUTES);
    while (true) {
      try {
        Map<String, String> first = tree(hosts.get(0));
        for (Host host : hosts) {
          assertThat(tree(host)).as("the tree of %s", host.name()).isEqualTo(first);
        }
        for (SoakWriter writer : writers.values()) {
          audit(writer, first);
        }
        return;
      } catch (AssertionError | IOException notYet) {
        if (System.nanoTime() > end) {
          throw new AssertionError(
              "seed " + SEED + ", met " + troubles + statuses() + histories(writers), notYet);
        }
      }
      Thread.sleep(500);
    }
  }

  private String statuses() throws IOException {
    StringBuilder all = new StringBuilder();
    for (Host host : hosts) {
      all.append("\n").append(Files.readString(host.root().resolve(".trifold/status")));
    }
    return all.toString();
  }

  /** Of the paths that are not as was promised. */
  private String histories(Map<Host, SoakWriter> writers) throws Exception {
    StringBuilder all = new StringBuilder();
    for (Map.Entry<Host, SoakWriter> of : writers.entrySet()) {
      for (String path : wrong(of.getValue(), tree(of.getKey()))) {
        all.append("\n").append(path).append("\n");
        all.append(
            Commands.succeed(
                List.of(
                    Commands.TOP.resolve("scripts/trifold").toString(),
                    "history",
                    of.getKey().root().resolve("pages").resolve(path).toString())));
      }
    }
    return all.toString();
  }

  private static List<String> wrong(SoakWriter writer, Map<String, String> tree) {
    return writer.possible().entrySet().stream()
        .filter(of -> !of.getValue().contains(tree.getOrDefault(of.getKey(), "")))
        .map(Map.Entry::getKey)
        .toList();
  }

  private static void audit(SoakWriter writer, Map<String, String> tree) {
    writer
        .possible()
        .forEach(
            (path, contents) ->
                assertThat(contents).as(path).contains(tree.getOrDefault(path, "")));
  }

  /** Names and contents, one character a byte. */
  private static Map<String, String> tree(Host host) throws IOException {
    Map<String, String> contents = new TreeMap<>();
    Path pages = host.root().resolve("pages");
    List<Path> files = new ArrayList<>();
    try (Stream<Path> walk = Files.walk(pages)) {
      walk.filter(Files::isRegularFile)
          .filter(file -> !file.toString().endsWith(".tmp"))
          .forEach(files::add);
    } catch (java.io.UncheckedIOException e) {
      throw e.getCause();
    }
    for (Path file : files) {
      contents.put(
          pages.relativize(file).toString(), Files.readString(file, StandardCharsets.ISO_8859_1));
    }
    return contents;
  }
}
