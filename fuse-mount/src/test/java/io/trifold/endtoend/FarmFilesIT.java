package io.trifold.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What files give rise to on every host: deletions of caches, and calls for what was applied. */
class FarmFilesIT {
  private static final String RULES =
      """
      local       /cache/      deletes=broadcast
      local       /cache/own/
      propagated  /pages/
      propagated  *.php        on-apply=opcache
      """;

  private final List<Process> servers = new ArrayList<>();

  @TempDir Path directory;

  private FarmHosts farm;

  @BeforeEach
  void layOut() throws Exception {
    Requirements.mounts();
    Requirements.programs("setpriv", "setsid", "php");
    directory = directory.toRealPath();
    farm = FarmHosts.in(directory, RULES, List.of("web1", "web2", "web3"));
    for (FarmHosts.Member host : farm.hosts()) {
      onApply(host, "php", Commands.TOP.resolve("examples/opcache-invalidate.php"), socket(host));
    }
  }

  private static void onApply(FarmHosts.Member host, Object... command) throws IOException {
    host.configure(
        "[calls.opcache]",
        "command = [\""
            + Stream.of(command).map(Object::toString).collect(Collectors.joining("\", \""))
            + "\"]",
        "user = \"" + System.getProperty("user.name") + "\"",
        "data = \"(?s).*\"",
        "limit = \"60s\"");
  }

  @AfterEach
  void takeAway() throws Exception {
    for (Process server : servers) {
      Commands.stop(server);
    }
    if (farm != null) {
      farm.stop();
    }
  }

  private Path socket(FarmHosts.Member host) {
    return directory.resolve(host.name() + ".sock");
  }

  @Test
  void whatIsDeletedFromACacheOnOneHostIsDeletedOnAll() throws Exception {
    farm.mount();
    for (FarmHosts.Member host : farm.hosts()) {
      Files.createDirectories(host.path("cache/templates/deep"));
      Files.createDirectories(host.path("cache/own"));
      Files.createDirectories(host.path("cache/aside"));
      for (String name :
          List.of("one", "templates/a", "templates/deep/b", "own/c", "aside/d", "kept")) {
        Files.writeString(host.path("cache/" + name), host.name());
      }
      Files.writeString(host.path("cache/templates/deep/of-" + host.name()), "");
    }

    Path web1 = farm.host(0).path("cache");
    Files.delete(web1.resolve("one"));
    deleteTree(web1.resolve("templates"));
    deleteTree(web1.resolve("own"));
    Files.move(web1.resolve("aside"), web1.resolve("aside.old"));

    for (FarmHosts.Member host : farm.hosts()) {
      Eventually.passes(
          () -> {
            assertThat(host.path("cache/one")).doesNotExist();
            assertThat(host.path("cache/templates")).doesNotExist();
            assertThat(host.path("cache/aside")).doesNotExist();
          });
      assertThat(host.path("cache/kept")).hasContent(host.name());
      if (host != farm.host(0)) {
        assertThat(host.path("cache/own/c")).hasContent(host.name());
      }
    }
    // What came of the deletion elsewhere is no deletion: nothing comes back to the first.
    Files.writeString(web1.resolve("one"), "again");
    Files.delete(farm.host(1).path("cache/kept"));
    Eventually.passes(() -> assertThat(web1.resolve("kept")).doesNotExist());
    assertThat(web1.resolve("one")).hasContent("again");
    // The operator's calls are shown, and these are not.
    assertThat(farm.host(0).on("calls").exits(0).out()).isEmpty();
  }

  @Test
  void manyDeletionsGoInFewCallsAndNobodySendsThemBack() throws Exception {
    farm.mount();
    int files = 1500;
    for (FarmHosts.Member host : farm.hosts()) {
      Files.createDirectories(host.path("cache"));
      for (int i = 0; i < files; i++) {
        Files.createFile(host.path("cache/" + i));
      }
    }

    for (int i = 0; i < files; i++) {
      Files.delete(farm.host(0).path("cache/" + i));
    }

    for (FarmHosts.Member host : farm.hosts()) {
      Eventually.passes(() -> assertThat(host.path("cache")).isEmptyDirectory());
    }
    // Whatever comes of a deletion elsewhere is sent by now: this comes behind it.
    Files.createFile(farm.host(0).path("cache/last"));
    Files.createFile(farm.host(1).path("cache/last"));
    Files.delete(farm.host(1).path("cache/last"));
    Eventually.passes(() -> assertThat(farm.host(0).path("cache/last")).doesNotExist());
    Map<String, Integer> calls = new TreeMap<>();
    PreparedDatabase.use(
        farm.directory().resolve("state"),
        statement -> {
          try (ResultSet row =
              statement.executeQuery(
                  "SELECT submitter, count(*) FROM trifold.call WHERE name = 'trifold-delete'"
                      + " GROUP BY submitter")) {
            while (row.next()) {
              calls.put(row.getString(1), row.getInt(2));
            }
          }
        });
    assertThat(calls).containsOnlyKeys("web1", "web2").containsEntry("web2", 1);
    assertThat(calls.get("web1")).isLessThan(files / 10);
  }

  private static void deleteTree(Path tree) throws IOException {
    try (Stream<Path> all = Files.walk(tree)) {
      for (Path path : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  @Test
  void aChangedScriptIsServedThoughPhpNeverLooksAtIts() throws Exception {
    for (FarmHosts.Member host : farm.hosts()) {
      startFpm(host);
    }
    farm.mount();
    FarmHosts.Member web1 = farm.host(0);
    Files.writeString(web1.path("page.php"), "<?php echo 'one';");
    for (FarmHosts.Member host : farm.hosts()) {
      Eventually.passes(() -> assertThat(serve(host)).isEqualTo("one"));
    }

    Files.writeString(web1.path("page.php"), "<?php echo 'two';");

    for (FarmHosts.Member host : farm.hosts()) {
      Eventually.passes(() -> assertThat(serve(host)).isEqualTo("two"));
      assertThat(Files.readString(host.path(".trifold/status"))).doesNotContain("on-apply");
    }
    // The setting is what it seems: of what no rule tells it, php-fpm sees no change.
    Path plain = directory.resolve("plain.php");
    Files.writeString(plain, "<?php echo 'x';");
    assertThat(serve(web1, plain.toString())).isEqualTo("x");
    Files.writeString(plain, "<?php echo 'y';");
    assertThat(serve(web1, plain.toString())).isEqualTo("x");
  }

  @Test
  void whatWasAppliedCountsAsThatOnceItsCallsHaveEndedWhichAreFewForMany() throws Exception {
    FarmHosts.Member web1 = farm.host(0);
    FarmHosts.Member web2 = farm.host(1);
    for (FarmHosts.Member host : List.of(web1, web2)) {
      onApply(host, "/bin/sh", "-c", "sleep 1; echo $(cat) >>$TRIFOLD_ROOT.told");
      host.mount();
    }
    Set<String> pages = new TreeSet<>();
    for (int i = 0; i < 100; i++) {
      pages.add(i + ".php");
      Files.writeString(web1.path(i + ".php"), "<?php echo " + i + ";");
    }

    String position = Files.readString(web1.path(".trifold/position")).strip();
    assertThat(web2.path(".trifold/wait/" + position)).hasContent("applied");

    // At once, not a moment later. A line is a call.
    List<String> told = Files.readAllLines(directory.resolve("web2.told"));
    assertThat(
            told.stream().flatMap(line -> Stream.of(line.split(" "))).collect(Collectors.toSet()))
        .isEqualTo(pages);
    assertThat(told).hasSizeLessThan(20);
  }

  @Test
  void theCallThatACrashCutShortRunsAgainBeforeItsFilesCountAsApplied() throws Exception {
    FarmHosts.Member web1 = farm.host(0);
    FarmHosts.Member web2 = farm.host(1);
    // The first one never ends by itself.
    onApply(
        web2,
        "/bin/sh",
        "-c",
        "test -e $TRIFOLD_ROOT.begun || { touch $TRIFOLD_ROOT.begun; sleep 600; };"
            + " echo $(cat) >>$TRIFOLD_ROOT.told");
    onApply(web1, "/bin/true");
    web1.mount();
    Process daemon = web2.mountInForeground();
    Files.writeString(web1.path("page.php"), "<?php echo 1;");
    Eventually.passes(() -> assertThat(directory.resolve("web2.begun")).exists());
    farm.killAlone(daemon);
    assertThat(directory.resolve("web2.told")).doesNotExist();

    web2.mount();

    String position = Files.readString(web1.path(".trifold/position")).strip();
    assertThat(web2.path(".trifold/wait/" + position)).hasContent("applied");
    assertThat(directory.resolve("web2.told")).hasContent("page.php");
  }

  private void startFpm(FarmHosts.Member host) throws Exception {
    Path config =
        Files.writeString(
            directory.resolve(host.name() + ".fpm"),
            """
            [global]
            error_log = %1$s/%2$s.fpm.log
            [www]
            listen = %3$s
            pm = static
            pm.max_children = 1
            php_admin_value[opcache.enable] = 1
            php_admin_value[opcache.validate_timestamps] = 0
            php_admin_value[opcache.file_update_protection] = 0
            """
                .formatted(directory, host.name(), socket(host)));
    List<String> command =
        new ArrayList<>(List.of(fpm(), "--nodaemonize", "--fpm-config", config.toString()));
    if (System.getProperty("user.name").equals("root")) {
      command.add("--allow-to-run-as-root");
      Files.writeString(config, Files.readString(config).replace("pm = ", "user = root\npm = "));
    }
    servers.add(Commands.start(command, directory.resolve(host.name() + ".fpm.out")));
    Eventually.passes(() -> assertThat(socket(host)).exists());
  }

  private static String fpm() throws IOException {
    try (Stream<Path> programs = Files.list(Path.of("/usr/sbin"))) {
      return programs
          .map(Path::toString)
          .filter(program -> program.startsWith("/usr/sbin/php-fpm"))
          .findFirst()
          .orElseThrow(() -> new AssertionError("needs the program php-fpm"));
    }
  }

  private String serve(FarmHosts.Member host) throws IOException {
    return serve(host, "page.php");
  }

  /** What php-fpm answers for a script, by the smallest request that it takes. */
  private String serve(FarmHosts.Member host, String script) throws IOException {
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    request.writeBytes(record(1, new byte[] {0, 1, 0, 0, 0, 0, 0, 0}));
    ByteArrayOutputStream parameters = new ByteArrayOutputStream();
    Map.of(
            "SCRIPT_FILENAME", host.path(script).toString(),
            "REQUEST_METHOD", "GET",
            "SERVER_PROTOCOL", "HTTP/1.1")
        .forEach(
            (name, value) -> {
              parameters.write(name.length());
              parameters.writeBytes(
                  ByteBuffer.allocate(4).putInt(1 << 31 | value.length()).array());
              parameters.writeBytes((name + value).getBytes(StandardCharsets.UTF_8));
            });
    request.writeBytes(record(4, parameters.toByteArray()));
    request.writeBytes(record(4, new byte[0]));
    request.writeBytes(record(5, new byte[0]));
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket(host)));
      channel.write(ByteBuffer.wrap(request.toByteArray()));
      ByteBuffer answer = ByteBuffer.wrap(Channels.newInputStream(channel).readAllBytes());
      ByteArrayOutputStream output = new ByteArrayOutputStream();
      while (answer.remaining() >= 8) {
        int type = answer.getShort() & 0xff;
        answer.getShort();
        int length = answer.getShort() & 0xffff;
        int padding = answer.getShort() >> 8 & 0xff;
        byte[] content = new byte[length];
        answer.get(content);
        answer.position(answer.position() + padding);
        if (type == 6) {
          output.writeBytes(content);
        }
      }
      String text = output.toString(StandardCharsets.UTF_8);
      return text.substring(text.indexOf("\r\n\r\n") + 4);
    }
  }

  private static byte[] record(int type, byte[] content) {
    return ByteBuffer.allocate(8 + content.length)
        .put((byte) 1)
        .put((byte) type)
        .putShort((short) 1)
        .putShort((short) content.length)
        .putShort((short) 0)
        .put(content)
        .array();
  }
}
