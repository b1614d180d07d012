package io.trifold.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Logs of two hosts, as an application and an operator meet them. */
@ParameterizedClass(name = "{0}")
@ValueSource(strings = {"kernel", "jnr"})
class LogsIT {
  private static final String RULES =
      """
      propagated /pages/
      log /var/*.log targets=file,cloud
      log /var/forum.log
      log /var/visits.log targets=file,cloud when-full=drop
      log /var/errors.php targets=file,syslog cloud=never host-tag=none tag=php facility=local2
      """;

  /** Mounting is slow, and no test needs a farm for itself: each has its own logs. */
  @TempDir static Path directory;

  private static TwoHosts farm;
  private static DatagramSocket syslog;

  @BeforeParameterizedClassInvocation
  static void mount(String transport) throws Exception {
    Requirements.mounts();
    syslog = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    farm = TwoHosts.in(directory.resolve(transport), transport, RULES);
    for (Host host : List.of(farm.first(), farm.second())) {
      Files.createDirectories(host.root().resolve("var"));
      Files.createDirectories(host.root().resolve("pages"));
      host.mount(options());
    }
  }

  private static String[] options(String... more) {
    List<String> options =
        new ArrayList<>(List.of("--syslog", "udp://127.0.0.1:" + syslog.getLocalPort()));
    options.addAll(List.of(more));
    return options.toArray(String[]::new);
  }

  @AfterParameterizedClassInvocation
  static void unmount() throws Exception {
    try {
      farm.stop();
    } finally {
      syslog.close();
    }
  }

  @Parameter String transport;

  private String name;

  @BeforeEach
  void makeLogs(TestInfo test) throws Exception {
    name = test.getTestMethod().orElseThrow().getName();
    for (Host host : List.of(farm.first(), farm.second())) {
      Files.createFile(log(host));
    }
  }

  private Path log(Host host) {
    return host.root().resolve("var/" + name + ".log");
  }

  private static OutputStream append(Path log) throws IOException {
    return Files.newOutputStream(log, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private static void append(Path log, String text) throws IOException {
    Files.writeString(log, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private static List<String> lines(Path log) throws IOException {
    return Files.readAllLines(log, StandardCharsets.ISO_8859_1);
  }

  /** Those of one host, without its tag. */
  private static List<String> of(String host, List<String> lines) {
    String tag = "[" + host + "] ";
    return lines.stream()
        .filter(l -> l.startsWith(tag))
        .map(l -> l.substring(tag.length()))
        .toList();
  }

  private static List<String> numbered(int from, int to) {
    return IntStream.range(from, to).mapToObj(LogsIT::numbered).toList();
  }

  private static String numbered(int number) {
    return "line " + number + " " + "x".repeat(number % 150);
  }

  private static String status(Host host, String key) throws IOException {
    return Files.readString(host.root().resolve(".trifold/status"))
        .lines()
        .filter(line -> line.startsWith(key + ":"))
        .findFirst()
        .map(line -> line.substring(key.length() + 1).strip())
        .orElse("");
  }

  private static String trifold(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Commands.TOP.resolve("scripts/trifold").toString());
    command.addAll(List.of(arguments));
    return Commands.succeed(command);
  }

  @Test
  void linesOfBothHostsAreInTheLogOfEachOnceAndInOrder() throws Exception {
    int count = 200;

    for (int i = 0; i < count; i++) {
      append(log(farm.first()), numbered(i) + "\n");
      append(log(farm.second()), numbered(i) + "\n");
    }

    for (Host host : List.of(farm.first(), farm.second())) {
      Eventually.passes(() -> assertThat(lines(log(host))).hasSize(2 * count));
      assertThat(of("host1", lines(log(host)))).isEqualTo(numbered(0, count));
      assertThat(of("host2", lines(log(host)))).isEqualTo(numbered(0, count));
    }
    Eventually.passes(
        () ->
            assertThat(Files.size(log(farm.second())))
                .isEqualTo(lines(log(farm.second())).stream().mapToInt(l -> l.length() + 1).sum()));

    String shown = trifold("logs", "--grep", "line 7 ", log(farm.first()).toString());
    assertThat(shown.lines()).hasSize(2).allMatch(l -> l.matches("20\\S+Z host[12] line 7 x+"));
    shown = trifold("logs", "--host", "host2", "--since", "1h", log(farm.second()).toString());
    assertThat(shown.lines().map(l -> l.substring(l.indexOf("line")).strip()).toList())
        .isEqualTo(numbered(0, count).stream().map(String::strip).toList());
  }

  @Test
  void linesStayWholeHoweverTheyAreWritten() throws Exception {
    Path log = log(farm.first());
    String huge = "h".repeat(1 << 20);
    List<CompletableFuture<Void>> writers = new ArrayList<>();
    for (String who : List.of("a", "b", "c")) {
      writers.add(CompletableFuture.runAsync(() -> writeInPieces(log, who)));
    }
    append(log, huge + "\n");
    append(log, "[host2] forged\rover\u001b[2K\n");
    CompletableFuture.allOf(writers.toArray(CompletableFuture[]::new)).join();
    append(log, "without an end");
    append(log, "and another");

    assertThat(lines(log)).endsWith("[host1] without an end", "[host1] and another");
    Eventually.passes(() -> assertThat(lines(log(farm.second()))).hasSize(3 * 50 + 4));
    for (Host host : List.of(farm.first(), farm.second())) {
      List<String> lines = lines(log(host));
      assertThat(lines).allMatch(line -> line.startsWith("[host1] "));
      assertThat(lines).contains("[host1] " + huge, "[host1] [host2] forged\\x0dover\\x1b[2K");
      for (String who : List.of("a", "b", "c")) {
        assertThat(lines)
            .containsSubsequence(
                IntStream.range(0, 50)
                    .mapToObj(i -> "[host1] " + who + i + who.repeat(300))
                    .toList());
      }
    }
  }

  private static void writeInPieces(Path log, String who) {
    try (OutputStream out = append(log)) {
      for (int i = 0; i < 50; i++) {
        out.write((who + i).getBytes(StandardCharsets.US_ASCII));
        out.write(who.repeat(300).getBytes(StandardCharsets.US_ASCII));
        out.write('\n');
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void theFirstLineSaysWhereLinesGo() throws Exception {
    Path log = farm.first().root().resolve("var/forum.log");
    Path other = farm.second().root().resolve("var/forum.log");
    Files.createFile(other);

    append(log, "for the file\n");
    Files.writeString(log, "TARGETS: cloud,syslog ,file\n");
    append(log, "2026-01-01\tERROR\tfor all\n");

    assertThat(receive(syslog))
        .matches("<11>1 20\\S+Z host1 forum - - - \\[host1] 2026-01-01\tERROR\tfor all");
    Eventually.passes(
        () -> assertThat(lines(other)).containsExactly("[host1] 2026-01-01\tERROR\tfor all"));
    assertThat(lines(log))
        .containsExactly("TARGETS: cloud,syslog ,file", "[host1] 2026-01-01\tERROR\tfor all");

    Files.writeString(log, "TARGETS: syslog\n");
    append(log, "for syslog\n");
    assertThat(receive(syslog)).endsWith("forum - - - [host1] for syslog");
    assertThat(lines(log)).containsExactly("TARGETS: syslog");

    Files.writeString(log, "TARGETS: cloud\n");
    append(log, "stays here\n");
    assertThat(lines(log)).containsExactly("TARGETS: cloud", "[host1] stays here");
    assertThat(status(farm.first(), "log-problem 1")).contains("var/forum.log", "without file");
    Files.writeString(log, "TARGETS: file\n");
    append(log, "in order\n");
    assertThat(status(farm.first(), "log-problem 1")).isEmpty();
  }

  @Test
  void theErrorLogOfTheInterpreterGoesToSyslogAsItIs() throws Exception {
    Path errors = farm.first().root().resolve("var/errors.php");
    Path other = farm.second().root().resolve("var/errors.php");
    Files.createFile(other);
    Files.createFile(errors);

    append(errors, "[01-Jan-2026 10:00:00 UTC] PHP Warning:  odd\n");
    append(log(farm.first()), "behind it\n");

    assertThat(receive(syslog))
        .startsWith("<148>1 ")
        .endsWith("host1 php - - - [01-Jan-2026 10:00:00 UTC] PHP Warning:  odd");
    Eventually.passes(() -> assertThat(lines(log(farm.second()))).hasSize(1));
    assertThat(lines(errors)).containsExactly("[01-Jan-2026 10:00:00 UTC] PHP Warning:  odd");
    assertThat(other).isEmptyFile();
  }

  private static String receive(DatagramSocket syslog) throws IOException {
    syslog.setSoTimeout(60_000);
    DatagramPacket packet = new DatagramPacket(new byte[70_000], 70_000);
    syslog.receive(packet);
    return new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8);
  }

  @Test
  void aLogIsActiveOnlyWhereItsFileIsThereAndWritable() throws Exception {
    Files.delete(log(farm.second()));
    String losses = status(farm.second(), "log-losses");
    int unclaimed = Integer.parseInt(losses.replaceFirst(".* ([0-9]+) without.*", "$1"));

    append(log(farm.first()), "not there\n");
    Eventually.passes(
        () ->
            assertThat(status(farm.second(), "log-losses"))
                .contains((unclaimed + 1) + " without a log here"));
    assertThat(log(farm.second())).doesNotExist();

    Files.createFile(log(farm.second()));
    append(log(farm.first()), "there\n");
    Eventually.passes(() -> assertThat(lines(log(farm.second()))).containsExactly("[host1] there"));

    log(farm.second()).toFile().setReadOnly();
    append(log(farm.first()), "not writable\n");
    Eventually.passes(
        () ->
            assertThat(status(farm.second(), "log-losses"))
                .contains((unclaimed + 2) + " without a log here"));
    assertThat(lines(log(farm.second()))).containsExactly("[host1] there");
  }

  @Test
  void rotationLosesAndBreaksNoLine() throws Exception {
    Path log = log(farm.first());
    Files.writeString(log, "TARGETS: file, cloud\n");
    Path second = log.resolveSibling("rotated.2");
    Path first = log.resolveSibling("rotated.1");
    Files.deleteIfExists(second);
    Files.deleteIfExists(first);

    try (OutputStream writer = append(log)) {
      write(writer, 0, 3000);
      // As logrotate does with create: the writer still has the old file.
      Files.move(log, second);
      write(writer, 3000, 6000);
      Files.createFile(log);
      write(writer, 6000, 6100);
    }
    try (OutputStream writer = append(log)) {
      write(writer, 6100, 9000);
      // As with copytruncate.
      Files.copy(log, first, StandardCopyOption.REPLACE_EXISTING);
      Files.newByteChannel(log, StandardOpenOption.WRITE).truncate(0).close();
      write(writer, 9000, 12_000);
    }

    assertThat(of("host1", lines(second))).isEqualTo(numbered(0, 6100));
    assertThat(of("host1", lines(first))).isEqualTo(numbered(6100, 9000));
    assertThat(of("host1", lines(log))).isEqualTo(numbered(9000, 12_000));
    assertThat(lines(log)).startsWith("TARGETS: file, cloud");
    Eventually.passes(() -> assertThat(lines(log(farm.second()))).hasSize(12_000));
    assertThat(of("host1", lines(log(farm.second())))).isEqualTo(numbered(0, 12_000));
  }

  /** As those do that open a log for each line: some do at the very moment of the rotation. */
  @Test
  void whoOpensALogWhileItIsRotatedWritesIntoALog() throws Exception {
    Path log = log(farm.first());
    AtomicBoolean rotated = new AtomicBoolean();
    CompletableFuture<Integer> writer =
        CompletableFuture.supplyAsync(() -> writeEachByItself(log, rotated));
    List<String> lines = new ArrayList<>();
    List<Path> files = new ArrayList<>();
    try {
      for (int i = 0; i < 40; i++) {
        Path old = log.resolveSibling(name + "." + i);
        files.add(old);
        Files.move(log, old);
        Files.createFile(log);
        Thread.sleep(20);
      }
    } finally {
      rotated.set(true);
    }
    int written = writer.join();
    files.add(log);
    for (Path file : files) {
      lines.addAll(lines(file));
    }

    assertThat(lines).allMatch(line -> line.startsWith("[host1] "));
    assertThat(of("host1", lines)).isEqualTo(numbered(0, written));
    Eventually.passes(() -> assertThat(lines(log(farm.second()))).hasSize(written));
    assertThat(lines(log(farm.second()))).isEqualTo(lines);
  }

  private static int writeEachByItself(Path log, AtomicBoolean rotated) {
    int count = 0;
    while (!rotated.get()) {
      try (OutputStream out = Files.newOutputStream(log, StandardOpenOption.APPEND)) {
        write(out, count, count + 1);
        count++;
      } catch (NoSuchFileException e) {
        // Between the move and the making of the new one.
        Thread.onSpinWait();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return count;
  }

  private static void write(OutputStream writer, int from, int to) throws IOException {
    for (int i = from; i < to; i++) {
      writer.write((numbered(i) + "\n").getBytes(StandardCharsets.US_ASCII));
    }
  }

  /** In blocks that end in the middle of a line, as buffered output does. */
  private static void writeBlocks(OutputStream writer, int from, int to) throws IOException {
    StringBuilder block = new StringBuilder();

    for (int i = from; i < to; i++) {
      block.append(numbered(i)).append('\n');
      if (block.length() >= 8192) {
        writer.write(block.substring(0, 8192).getBytes(StandardCharsets.US_ASCII));
        block.delete(0, 8192);
      }
    }
    writer.write(block.toString().getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void aFloodWhileTheDatabaseIsAwayArrivesOnceAndInOrder() throws Exception {
    append(log(farm.first()), "before\n");
    Eventually.passes(() -> assertThat(lines(log(farm.second()))).hasSize(1));
    farm.stopDatabase();

    try (OutputStream writer = append(log(farm.first()))) {
      writeBlocks(writer, 0, 100_000);
    }
    List<String> written = lines(log(farm.first()));
    assertThat(written).startsWith("[host1] before").hasSize(100_001);
    assertThat(of("host1", written.subList(1, written.size()))).isEqualTo(numbered(0, 100_000));
    farm.startDatabase();

    Eventually.passes(() -> assertThat(lines(log(farm.second()))).hasSize(100_001));
    assertThat(lines(log(farm.second()))).isEqualTo(written);
  }

  @Test
  void aFullSpoolRefusesWritesAndNothingIsLostUnnoticed() throws Exception {
    Path log = log(farm.first());
    mountFirstWithASmallSpool();
    try {
      append(log, "before\n");
      Eventually.passes(() -> assertThat(lines(log(farm.second()))).hasSize(1));
      farm.stopDatabase();
      AtomicInteger accepted = new AtomicInteger();
      try (OutputStream writer = append(log)) {
        assertThatThrownBy(
                () -> {
                  while (accepted.get() < 10_000) {
                    writer.write(
                        (large(accepted.get()) + "\n").getBytes(StandardCharsets.US_ASCII));
                    accepted.incrementAndGet();
                  }
                })
            .isInstanceOf(IOException.class)
            .hasMessageContaining("No space left on device");
        assertThatThrownBy(() -> append(log, large(0) + "\n"))
            .hasMessageContaining("No space left on device");
      }
      assertThat(accepted).hasValueGreaterThan(100);
      assertThat(status(farm.first(), "log-losses")).startsWith("0 dropped, 2 writes refused, ");
      List<String> written = lines(log);
      assertThat(of("host1", written.subList(1, written.size())))
          .isEqualTo(IntStream.range(0, accepted.get()).mapToObj(LogsIT::large).toList());
      farm.startDatabase();

      // There is room again for what is as large.
      Eventually.passes(() -> append(log, large(0) + " again\n"));
      Eventually.passes(() -> assertThat(lines(log(farm.second()))).hasSize(accepted.get() + 2));
      assertThat(lines(log(farm.second()))).isEqualTo(lines(log)).startsWith("[host1] before");
    } finally {
      farm.first().unmount();
      farm.first().mount(options());
    }
  }

  @Test
  void aFullSpoolDropsWhatMayBeDroppedAndCountsIt() throws Exception {
    Path log = farm.first().root().resolve("var/visits.log");
    Path other = farm.second().root().resolve("var/visits.log");
    Files.createFile(other);
    Files.createFile(log);
    mountFirstWithASmallSpool();
    try {
      append(log, "before\n");
      Eventually.passes(() -> assertThat(lines(other)).hasSize(1));
      farm.stopDatabase();
      int count = 500;
      try (OutputStream writer = append(log)) {
        for (int i = 0; i < count; i++) {
          writer.write((large(i) + "\n").getBytes(StandardCharsets.US_ASCII));
        }
      }
      assertThat(of("host1", lines(log)).subList(1, count + 1))
          .isEqualTo(IntStream.range(0, count).mapToObj(LogsIT::large).toList());
      String losses = status(farm.first(), "log-losses");
      assertThat(losses).matches("[1-9][0-9]* dropped, 0 writes refused, .*");
      int dropped = Integer.parseInt(losses.substring(0, losses.indexOf(' ')));
      farm.startDatabase();

      int arrive = 1 + count - dropped;
      Eventually.passes(() -> assertThat(lines(other)).hasSize(arrive));
      append(log, "afterwards\n");
      Eventually.passes(() -> assertThat(lines(other)).endsWith("[host1] afterwards"));
      assertThat(lines(other)).hasSize(arrive + 1);
      assertThat(lines(log)).hasSize(count + 2).containsSubsequence(lines(other));
      assertThat(status(farm.first(), "log-losses")).isEqualTo(losses);
    } finally {
      farm.first().unmount();
      farm.first().mount(options());
    }
  }

  /** What other tests have left in it would be in the way. */
  private static void mountFirstWithASmallSpool() throws Exception {
    Eventually.passes(() -> assertThat(status(farm.first(), "log-spool")).startsWith("0 KiB wait"));
    farm.first().unmount();
    farm.first().mount(options("--log-spool", "1M"));
  }

  /** One that fills a small spool soon. */
  private static String large(int number) {
    return numbered(number) + "y".repeat(4000);
  }

  @Test
  void aDaemonThatIsKilledInAFloodNeitherLosesNorDoublesALine() throws Exception {
    farm.first().unmount();
    Process daemon = farm.first().mountInForeground(options());
    CompletableFuture<Integer> written = CompletableFuture.supplyAsync(this::flood);
    try {
      Eventually.passes(() -> assertThat(Files.size(log(farm.second()))).isGreaterThan(1 << 20));
    } finally {
      Host.kill(daemon);
    }
    int acknowledged = written.join();

    farm.first().mount(options());
    append(log(farm.first()), "the end\n");

    Eventually.passes(() -> assertThat(lines(log(farm.second()))).endsWith("[host1] the end"));
    List<String> here = of("host1", lines(log(farm.first())));
    assertThat(of("host1", lines(log(farm.second())))).isEqualTo(here);
    assertThat(here.size()).isGreaterThan(acknowledged);
    assertThat(here.subList(0, acknowledged)).isEqualTo(numbered(0, acknowledged));
    // Behind the acknowledged ones: the lines of a write that was under way, or a line cut off.
    List<String> rest = here.subList(acknowledged, here.size() - 1);
    for (int i = 0; i < rest.size(); i++) {
      assertThat(numbered(acknowledged + i)).startsWith(rest.get(i));
    }
  }

  private int flood() {
    int acknowledged = 0;
    try (OutputStream writer = append(log(farm.first()))) {
      StringBuilder block = new StringBuilder();
      for (int i = 0; i < 5_000_000; i++) {
        block.append(numbered(i)).append('\n');
        if (block.length() >= 8192) {
          writer.write(block.substring(0, 8192).getBytes(StandardCharsets.US_ASCII));
          block.delete(0, 8192);
          // Of line i, at least the end may be in the block that follows.
          acknowledged = block.length() == 0 ? i + 1 : i;
        }
      }
    } catch (IOException killed) {
      return acknowledged;
    }
    return acknowledged;
  }

  @Test
  void aHostThatIsKilledWhileItReceivesHasEachLineOnce() throws Exception {
    farm.second().unmount();
    Process daemon = farm.second().mountInForeground(options());
    try (OutputStream writer = append(log(farm.first()))) {
      writeBlocks(writer, 0, 30_000);
      Eventually.passes(() -> assertThat(Files.size(log(farm.second()))).isPositive());
      Host.kill(daemon);
      writeBlocks(writer, 30_000, 60_000);
    }
    assertThat(of("host1", lines(log(farm.first())))).isEqualTo(numbered(0, 60_000));

    farm.second().mount(options());

    Eventually.passes(() -> assertThat(lines(log(farm.second()))).hasSize(60_000));
    assertThat(lines(log(farm.second()))).isEqualTo(lines(log(farm.first())));
  }

  @Test
  void aFloodDoesNotDelayFiles() throws Exception {
    AtomicBoolean enough = new AtomicBoolean();
    CompletableFuture<Integer> flood =
        CompletableFuture.supplyAsync(
            () -> {
              int lines = 0;
              try (OutputStream writer = append(log(farm.first()))) {
                for (; !enough.get(); lines += 1000) {
                  writeBlocks(writer, lines, lines + 1000);
                }
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
              return lines;
            });
    try {
      // Some one after another, each seen by the other host before the next; then many at once.
      for (int i = 0; i < 10; i++) {
        passOn("one-" + i);
      }
      for (int i = 0; i < 50; i++) {
        Files.writeString(farm.first().root().resolve("pages/many-" + i), "many-" + i);
      }
      for (int i = 0; i < 50; i++) {
        String page = "many-" + i;
        Path there = farm.second().root().resolve("pages/" + page);
        Eventually.passes(() -> assertThat(there).hasContent(page));
      }
      assertThat(flood).isNotDone();
    } finally {
      enough.set(true);
    }

    int count = flood.join();
    assertThat(of("host1", lines(log(farm.first())))).isEqualTo(numbered(0, count));
    Eventually.passes(() -> assertThat(lines(log(farm.second()))).hasSize(count));
    assertThat(lines(log(farm.second()))).isEqualTo(lines(log(farm.first())));
  }

  private static void passOn(String page) throws Exception {
    Files.writeString(farm.first().root().resolve("pages/" + page), page);
    Path there = farm.second().root().resolve("pages/" + page);
    Eventually.passes(() -> assertThat(there).hasContent(page));
  }
}
