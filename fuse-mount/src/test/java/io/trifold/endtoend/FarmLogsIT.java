package io.trifold.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One log of three hosts, on real mounts: written, rotated and watched. */
class FarmLogsIT {
  private static final String RULES =
      """
      propagated /pages/
      log /var/*.log
      log /var/visits.log targets=file,cloud host-tag=field
      """;
  private static final String HEADER = "TARGETS: file, cloud";
  private static final String COMMAND = Commands.TOP.resolve("scripts/trifold").toString();
  private static final int PART = 1000;

  @TempDir Path directory;

  private FarmHosts farm;

  @BeforeEach
  void mount() throws Exception {
    Requirements.mounts();
    Requirements.programs("logrotate");
    farm = FarmHosts.in(directory, RULES, List.of("web1", "web2", "web3"));
    for (FarmHosts.Member host : farm.hosts()) {
      ownersOnly(Files.createDirectory(host.path("var")), "rwxr-xr-x");
      Files.writeString(log(host), HEADER + "\n");
      Files.createDirectory(host.path("pages"));
    }
    farm.mount();
  }

  @AfterEach
  void unmount() throws Exception {
    if (farm != null) {
      farm.stop();
    }
  }

  private static Path log(FarmHosts.Member host) {
    return host.path("var/shop.log");
  }

  private static Path rotated(FarmHosts.Member host) {
    return host.path("var/shop.log.1");
  }

  private static void append(FarmHosts.Member host, String text) throws IOException {
    try (OutputStream out = Files.newOutputStream(log(host), StandardOpenOption.APPEND)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
  }

  @Test
  void eachHostHasEachLineOfAllOnceOverARotation() throws Exception {
    AtomicBoolean rotated = new AtomicBoolean();
    List<CompletableFuture<Integer>> writers = writers(rotated);
    try {
      for (FarmHosts.Member host : List.of(farm.host(0), farm.host(2))) {
        Eventually.passes(() -> assertThat(Files.size(log(host))).isGreaterThan(10_000));
        rotate(host, "create");
      }
    } finally {
      rotated.set(true);
    }
    Set<String> all = new LinkedHashSet<>();
    for (int i = 0; i < 3; i++) {
      all.addAll(tagged(farm.host(i), writers.get(i).join()));
    }

    for (FarmHosts.Member host : farm.hosts()) {
      Eventually.passes(
          () ->
              assertThat(without(all, lines(host)))
                  .as("missing on %s, of %d", host.name(), all.size())
                  .isEmpty());
      assertThat(lines(host)).hasSameSizeAs(all);
      assertThat(lines(host)).allMatch(line -> line.matches("\\[web[123]] line [0-9]+"));
      for (int i = 0; i < 3; i++) {
        assertThat(of(farm.host(i), lines(host)))
            .as("lines of %s on %s", farm.host(i).name(), host.name())
            .isEqualTo(tagged(farm.host(i), writers.get(i).join()));
      }
      assertThat(Files.readAllLines(log(host))).startsWith(HEADER);
    }
    assertThat(rotated(farm.host(0))).isNotEmptyFile();
    assertThat(rotated(farm.host(1))).doesNotExist();
    assertThat(rotated(farm.host(2))).isNotEmptyFile();
  }

  private static Set<String> without(Set<String> all, List<String> some) {
    Set<String> rest = new LinkedHashSet<>(all);
    some.forEach(rest::remove);
    return rest;
  }

  /** A log that is being rotated is waited for, also by the first line of another host. */
  @Test
  void theFirstLineOfAnotherHostWaitsForALogThatIsBeingRotated() throws Exception {
    FarmHosts.Member rotating = farm.host(0);
    append(rotating, "mine\n");
    Files.move(log(rotating), rotated(rotating));
    append(farm.host(1), "another's\n");
    Eventually.passes(
        () -> assertThat(lines(farm.host(2))).contains("[web2] another's", "[web1] mine"));
    ownersOnly(Files.createFile(log(rotating)), "rw-r--r--");

    Eventually.passes(
        () -> assertThat(Files.readAllLines(log(rotating))).contains("[web2] another's"));
  }

  /** What is written between the copy and the truncation is not in the copy; nobody else sees. */
  @Test
  void aRotationByCopyAndTruncationBreaksNoLineAndIsNotSeenByOthers() throws Exception {
    AtomicBoolean rotated = new AtomicBoolean();
    List<CompletableFuture<Integer>> writers = writers(rotated);
    FarmHosts.Member rotating = farm.host(0);
    try {
      Eventually.passes(() -> assertThat(Files.size(log(rotating))).isGreaterThan(10_000));
      rotate(rotating, "copytruncate");
    } finally {
      rotated.set(true);
    }
    List<List<String>> written = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      written.add(tagged(farm.host(i), writers.get(i).join()));
    }

    int all = written.stream().mapToInt(List::size).sum();
    for (FarmHosts.Member host : List.of(farm.host(1), farm.host(2))) {
      Eventually.passes(() -> assertThat(lines(host)).hasSize(all));
      for (int i = 0; i < 3; i++) {
        assertThat(of(farm.host(i), lines(host))).isEqualTo(written.get(i));
      }
      assertThat(rotated(host)).doesNotExist();
    }
    int others = written.get(1).size() + written.get(2).size();
    Eventually.passes(
        () ->
            assertThat(Files.readString(rotating.path(".trifold/status")))
                .contains(", " + others + " from other hosts"));
    List<String> here = lines(rotating);
    for (int i = 0; i < 3; i++) {
      assertThat(written.get(i)).containsSubsequence(of(farm.host(i), here));
    }
    assertThat(here).allMatch(line -> line.matches("\\[web[123]] line [0-9]+"));
    assertThat(Files.readAllLines(log(rotating))).startsWith(HEADER);
    assertThat(Files.readAllLines(rotated(rotating))).startsWith(HEADER).hasSizeGreaterThan(100);
  }

  private static List<String> tagged(FarmHosts.Member host, int count) {
    return IntStream.range(0, count).mapToObj(n -> "[" + host.name() + "] line " + n).toList();
  }

  private static List<String> of(FarmHosts.Member host, List<String> lines) {
    return lines.stream().filter(line -> line.startsWith("[" + host.name() + "] ")).toList();
  }

  private List<CompletableFuture<Integer>> writers(AtomicBoolean rotated) {
    return farm.hosts().stream()
        .map(host -> CompletableFuture.supplyAsync(() -> write(host, rotated)))
        .toList();
  }

  /** Some lines at a time, as short-lived scripts do; goes on until well behind the rotation. */
  private static int write(FarmHosts.Member host, AtomicBoolean rotated) {
    int count = 0;
    try {
      while (count < PART || !rotated.get()) {
        count = write(host, count);
      }
      for (int end = count + PART; count < end; ) {
        count = write(host, count);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return count;
  }

  /**
   * Between logrotate's rename and its create there is no file, and it wants to make the new one.
   */
  private static OutputStream open(FarmHosts.Member host) throws IOException {
    while (true) {
      try {
        return Files.newOutputStream(log(host), StandardOpenOption.APPEND);
      } catch (NoSuchFileException e) {
        Thread.onSpinWait();
      }
    }
  }

  private static int write(FarmHosts.Member host, int from) throws IOException {
    try (OutputStream out = open(host)) {
      for (int i = from; i < from + 20; i++) {
        out.write(("line " + i + "\n").getBytes(StandardCharsets.US_ASCII));
      }
    }
    return from + 20;
  }

  private void rotate(FarmHosts.Member host, String how) throws Exception {
    Path settings = farm.directory().resolve(host.name() + ".logrotate");
    Files.writeString(settings, log(host) + " {\n  rotate 3\n  " + how + "\n  nocompress\n}\n");
    ownersOnly(settings, "rw-r--r--");
    Commands.succeed(
        List.of(
            "logrotate",
            "--force",
            "--state",
            farm.directory().resolve(host.name() + ".rotations").toString(),
            settings.toString()));
  }

  /** Of the rotated file and the one behind it, without the headers. */
  private static List<String> lines(FarmHosts.Member host) throws IOException {
    List<String> lines = new ArrayList<>();
    if (Files.exists(rotated(host))) {
      lines.addAll(Files.readAllLines(rotated(host)));
    }
    lines.addAll(Files.readAllLines(log(host)));
    lines.removeIf(HEADER::equals);
    return lines;
  }

  @Test
  void whatOneHostWritesIsSeenByWhoFollowsOnAnother() throws Exception {
    for (String signal : List.of("INT", "TERM")) {
      Process follower = follow(signal, "--host", "web3", "--grep", "order [0-9]+");
      awaitBeginning(signal);
      append(farm.host(1), "order 1\n");
      append(farm.host(2), "visit 2\norder 3 \u001b[2K of " + signal + "\n");

      Eventually.passes(
          () -> assertThat(told(signal)).endsWith(" web3 order 3 \\x1b[2K of " + signal + "\n"));
      assertThat(told(signal)).doesNotContain("order 1\n", "visit").contains(" web3 order 00\n");

      assertThat(follower.isAlive()).isTrue();
      FarmHosts.signal(follower, signal);
      assertThat(follower.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(follower.exitValue()).isEqualTo(signal.equals("INT") ? 130 : 143);
      assertThat(told(signal)).endsWith("of " + signal + "\n");
    }

    // One whose reader goes ends with the next line.
    Process piped =
        farm.stopping(
            Commands.start(
                List.of(
                    "bash",
                    "-c",
                    "'" + COMMAND + "' logs -f '" + log(farm.host(0)) + "' | head -n 1"),
                out("piped")));
    Eventually.passes(
        () -> {
          append(farm.host(2), "one more\n");
          assertThat(piped.isAlive()).isFalse();
        });
    assertThat(told("piped").lines()).hasSize(1);
    assertThat(farm.host(0).trifold("logs", "-f", "--host", "web9", log(farm.host(0)) + "").err())
        .contains("no host \"web9\" in the farm", "web1, web2, web3");
  }

  /** Nothing says that it has begun but a line. */
  private void awaitBeginning(String name) throws Exception {
    int beats = 0;
    do {
      append(farm.host(2), "order 0" + beats++ + "\n");
      Thread.sleep(200);
    } while (!told(name).contains(" web3 order 00\n") && beats < 300);
  }

  @Test
  void whoFollowsGoesOnWhenTheDatabaseIsBack() throws Exception {
    Process follower = follow("away");
    awaitBeginning("away");
    farm.stopDatabase();
    append(farm.host(1), "while it is away\n");
    Eventually.passes(() -> assertThat(told("away")).contains("goes on when it answers again"));
    farm.startDatabase();

    Eventually.passes(() -> assertThat(told("away")).contains(" web2 while it is away\n"));
    append(farm.host(2), "and afterwards\n");
    Eventually.passes(() -> assertThat(told("away")).endsWith(" web3 and afterwards\n"));
    assertThat(told("away").lines())
        .filteredOn(line -> line.startsWith("trifold: "))
        .singleElement()
        .asString()
        .startsWith("trifold: warning: ");
    assertThat(told("away").lines()).doesNotHaveDuplicates();
    assertThat(follower.isAlive()).isTrue();
  }

  private Process follow(String name, String... options) throws IOException {
    // A job in the background of a script ignores interrupts, and so would its children.
    List<String> command =
        new ArrayList<>(List.of("env", "--default-signal=INT", COMMAND, "logs", "-f"));
    command.addAll(List.of(options));
    command.add(log(farm.host(0)).toString());
    return farm.stopping(Commands.start(command, out(name)));
  }

  private Path out(String name) {
    return farm.directory().resolve(name + ".told");
  }

  private String told(String name) throws IOException {
    return Files.readString(out(name));
  }

  @Test
  void theViewIsInTheOrderInWhichTheHostsWrote() throws Exception {
    List<String> written = new ArrayList<>();
    Instant middle = Instant.MAX;
    for (int i = 0; i < 12; i++) {
      if (i == 6) {
        middle = Instant.now();
        Thread.sleep(50);
      }
      FarmHosts.Member host = farm.host(i % 3);
      append(host, "step " + i + "\n");
      written.add(host.name() + " step " + i);
      // The hosts' clock is one here, in milliseconds.
      Thread.sleep(50);
    }
    FarmHosts.Member viewer = farm.host(0);
    String shop = log(viewer).toString();
    Eventually.passes(() -> assertThat(viewed(viewer, shop)).isEqualTo(written));
    assertThat(viewed(farm.host(2), log(farm.host(2)).toString())).isEqualTo(written);
    assertThat(viewed(viewer, "--since", middle.toString(), shop))
        .isEqualTo(written.subList(6, 12));
    assertThat(viewed(viewer, "--host", "web2", "--since", middle.toString(), shop))
        .containsExactly("web2 step 7", "web2 step 10");

    for (FarmHosts.Member host : farm.hosts()) {
      Files.writeString(host.path("var/forum.log"), HEADER + "\n");
    }
    Files.writeString(farm.host(1).path("var/forum.log"), "a post\n", StandardOpenOption.APPEND);
    String forum = viewer.path("var/forum.log").toString();
    Eventually.passes(() -> assertThat(viewed(viewer, forum)).containsExactly("web2 a post"));
    List<String> both = new ArrayList<>();
    written.forEach(line -> both.add(line.replaceFirst(" ", " var/shop.log: ")));
    both.add("web2 var/forum.log: a post");
    assertThat(viewed(viewer, shop, forum)).isEqualTo(both);
  }

  /** Without the times, which ascend. */
  private static List<String> viewed(FarmHosts.Member host, String... arguments) throws Exception {
    List<String> words = new ArrayList<>(List.of("logs"));
    words.addAll(List.of(arguments));
    List<String> lines = host.trifold(words.toArray(String[]::new)).exits(0).out().lines().toList();
    assertThat(lines.stream().map(line -> Instant.parse(line.substring(0, line.indexOf(' ')))))
        .isSorted();
    return lines.stream().map(line -> line.substring(line.indexOf(' ') + 1)).toList();
  }

  @Test
  void aForgedFieldIsTextBeforeTheTrueOne() throws Exception {
    List<FarmHosts.Member> both = List.of(farm.host(0), farm.host(1));
    for (FarmHosts.Member host : both) {
      Files.createFile(host.path("var/visits.log"));
    }
    Files.writeString(
        farm.host(1).path("var/visits.log"),
        "2026-01-01\tevil\thost=web9\nmore\r\n",
        StandardOpenOption.APPEND);

    for (FarmHosts.Member host : both) {
      Eventually.passes(
          () ->
              assertThat(Files.readString(host.path("var/visits.log")))
                  .isEqualTo("2026-01-01\tevil\thost=web9\thost=web2\nmore\thost=web2\n"));
    }
    String log = farm.host(0).path("var/visits.log").toString();
    assertThat(viewed(farm.host(0), "--host", "web2", log).get(0))
        .isEqualTo("web2 2026-01-01\tevil\thost=web9");
    assertThat(farm.host(0).trifold("logs", "--host", "web9", log).exits(1).err())
        .contains("no host \"web9\" in the farm");
  }

  @Test
  void aFloodOverAnOutageOfTheDatabaseArrivesOnceAndInOrderAndDelaysNoFile() throws Exception {
    FarmHosts.Member flooded = farm.host(0);
    AtomicBoolean enough = new AtomicBoolean();
    CompletableFuture<Integer> flood =
        CompletableFuture.supplyAsync(() -> flood(log(flooded), enough));
    try {
      for (FarmHosts.Member host : farm.hosts()) {
        Eventually.passes(() -> assertThat(Files.size(log(host))).isGreaterThan(10_000));
      }
      farm.stopDatabase();
      long before = Files.size(log(flooded));
      Eventually.passes(
          () -> assertThat(Files.size(log(flooded))).isGreaterThan(before + (1 << 20)));
      farm.startDatabase();
      Files.writeString(flooded.path("pages/page"), "meanwhile");
      for (FarmHosts.Member host : farm.hosts()) {
        Eventually.passes(() -> assertThat(host.path("pages/page")).hasContent("meanwhile"));
      }
      assertThat(flood).isNotDone();
    } finally {
      enough.set(true);
    }

    List<String> written = tagged(flooded, flood.join());
    assertThat(lines(flooded)).isEqualTo(written);
    for (FarmHosts.Member host : List.of(farm.host(1), farm.host(2))) {
      Eventually.passes(
          () -> assertThat(Files.size(log(host))).isGreaterThanOrEqualTo(Files.size(log(flooded))));
      assertThat(lines(host)).isEqualTo(written);
    }
  }

  private static int flood(Path log, AtomicBoolean enough) {
    int count = 0;
    try (OutputStream out = Files.newOutputStream(log, StandardOpenOption.APPEND)) {
      for (; !enough.get(); count++) {
        out.write(("line " + count + "\n").getBytes(StandardCharsets.US_ASCII));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return count;
  }

  /**
   * logrotate trusts nothing that others can write; a mount in this process may have set its umask.
   */
  private static void ownersOnly(Path path, String mode) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }
}
