package io.trifold.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@RequiresMounts
class MountIT {
  /** One for all tests: the embedded database is made once. */
  @TempDir private static Path state;

  @TempDir private Path place;
  private Trifold trifold;
  private Path root;
  private Path shared;

  /** The tests share a farm: each has a propagated directory of its own. */
  private String pages;

  @BeforeEach
  void prepare() throws IOException {
    trifold = new Trifold(place);
    root = trifold.directory("app");
    shared = trifold.directory("shared_storage");
    pages = "pages" + System.nanoTime();
    trifold.file("my.rules", "propagated /" + pages + "/", "remote /media/");
    trifold.file("app/index.php", "<?php");
    trifold.environment.put("TRIFOLD_STATE", state.toRealPath().toString());
    // One farm for all tests: a name is free again only when its lease has been given up.
    trifold.environment.put("TRIFOLD_HOST", "h" + System.nanoTime());
  }

  @AfterEach
  void cleanUp() throws Exception {
    trifold.close();
  }

  private void mount(String... more) throws Exception {
    String[] all = new String[more.length + 4];
    all[0] = "mount";
    all[1] = "app";
    all[2] = "--rules";
    all[3] = "my.rules";
    System.arraycopy(more, 0, all, 4, more.length);
    assertThat(trifold.run(all).succeeded().out()).startsWith(root + " is mounted as host ");
  }

  private static <T> void eventually(T subject, Predicate<T> holds) throws InterruptedException {
    while (!holds.test(subject)) {
      Thread.sleep(20);
    }
  }

  private static String attribute(Path path, String name) throws IOException {
    UserDefinedFileAttributeView view =
        Files.getFileAttributeView(path, UserDefinedFileAttributeView.class);
    ByteBuffer value = ByteBuffer.allocate(4096);
    view.read("trifold." + name, value);
    return new String(value.array(), 0, value.position(), StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @ValueSource(strings = {"kernel", "jnr"})
  void mountsOverTheRootAndIsGoneAfterUmount(String transport) throws Exception {
    mount("--transport", transport);
    ProcessHandle daemon = Trifold.daemonOf(root);

    assertThat(root.resolve("index.php")).hasContent("<?php");
    Files.createDirectory(root.resolve("media"));
    Files.writeString(root.resolve("media/a.png"), "png");
    assertThat(shared.resolve("media/a.png")).hasContent("png");
    assertThat(trifold.sh("ls -A app")).doesNotContain(".trifold");
    assertThat(trifold.run("status", "app").succeeded().out())
        .containsPattern("\ntransport: +" + transport + ": ")
        .containsPattern("\nrules: +" + trifold.home + "/my.rules \\(2 rules\\)\n");

    assertThat(trifold.run("umount", "app").succeeded().out()).isEqualTo(root + " is unmounted\n");
    assertThat(Trifold.hasEnded(daemon)).isTrue();
    assertThat(Trifold.isMounted(root)).isFalse();
    assertThat(root.resolve("media")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"kernel", "jnr"})
  void explainsPathsByTheRulesThatTheMountHas(String transport) throws Exception {
    mount("--transport", transport);
    Files.createDirectory(root.resolve(pages));
    Files.writeString(root.resolve(pages + "/a"), "a");
    Path rules = trifold.home.resolve("my.rules");
    Files.writeString(rules, "edited after the mount");

    assertThat(trifold.run("explain", "app/" + pages + "/new", "app/media/").succeeded().out())
        .isEqualTo(
            """
            path:    app/%4$s/new
            binding: propagated
            rule:    %1$s:1 /%4$s/
            options: offline=journal conflict=last-wins history=30d
            bytes:   %2$s/%4$s/new (below the mount, on every host's disk)

            path:    app/media/
            binding: remote
            rule:    %1$s:2 /media/
            options: cache=1s timeout=30s passthrough=on
            bytes:   %3$s/media (on the shared storage)
            """
                .formatted(rules, root, shared, pages));
    assertThat(attribute(root.resolve(pages + "/a"), "binding")).isEqualTo("propagated");
    assertThat(attribute(root.resolve(pages), "rule")).isEqualTo(rules + ":1 /" + pages + "/");
    assertThat(attribute(root.resolve("index.php"), "backing")).isEqualTo(root + "/index.php");
    assertThat(attribute(root.resolve("index.php"), "state")).isEqualTo("local");
    eventually(root.resolve(pages + "/a"), MountIT::isSynced);
  }

  private static boolean isSynced(Path path) {
    try {
      return attribute(path, "state").startsWith("synced ");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void bringsAPropagatedFileToAnotherHost() throws Exception {
    mount("--transport", "kernel");
    Path other = trifold.directory("other/app");
    trifold
        .run(
            "mount",
            "other/app",
            "--rules",
            "my.rules",
            "--remote",
            "shared_storage",
            "--host",
            "second" + System.nanoTime(),
            "--transport",
            "jnr")
        .succeeded();

    Files.createDirectory(root.resolve(pages));
    Files.writeString(root.resolve(pages + "/a"), "hello");

    eventually(other.resolve(pages + "/a"), Files::exists);
    assertThat(other.resolve(pages + "/a")).hasContent("hello");
  }

  @Test
  void keepsAMountThatIsInUseUnlessForced() throws Exception {
    mount();
    Process user = trifold.start(List.of("sh", "-c", "cd app && exec sleep 1000"));
    eventually(user, p -> root.toString().equals(directoryOf(p)));

    trifold.run("umount", "app").failed(1, root + " is in use", "--force");
    assertThat(root.resolve(".trifold/status")).isReadable();

    ProcessHandle daemon = Trifold.daemonOf(root);
    trifold.run("umount", "--force", "app").succeeded();
    assertThat(Trifold.isMounted(root)).isFalse();
    assertThat(Trifold.hasEnded(daemon)).isTrue();
  }

  private static String directoryOf(Process process) {
    try {
      return Files.readSymbolicLink(Path.of("/proc/" + process.pid() + "/cwd")).toString();
    } catch (IOException e) {
      return "";
    }
  }

  @Test
  void enforcesAclsWhereThereAreAny() throws Exception {
    trifold.sh("mkdir -m 700 app/var; setfacl -m u:4242:rwx app/var; chmod 755 . app");
    mount();

    String as = "setpriv --reuid=4242 --regid=4242 --clear-groups ";
    assertThat(trifold.sh(as + "sh -c 'echo x > app/var/made' && cat app/var/made"))
        .isEqualTo("x\n");
    assertThat(trifold.sh("setfacl -x u:4242 app/var; " + as + "ls app/var || echo refused"))
        .isEqualTo("refused\n");
  }

  @Test
  void letsNoneBeSetWhereTheyAreNotEnforced() throws Exception {
    trifold.sh("mkdir -p app/var app/on");
    mount();
    assertThat(trifold.sh("setfacl -m u:4242:rwx app/var 2>&1")).contains("not supported");
    trifold.run("umount", "app");

    trifold.environment.put("TRIFOLD_ACL", "on");
    mount();
    assertThat(trifold.sh("setfacl -m u:4242:rwx app/on && getfacl -cp app/on"))
        .contains("user:4242:rwx");
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT"})
  void unmountsOnASignal(String signal) throws Exception {
    mount();
    ProcessHandle daemon = Trifold.daemonOf(root);

    trifold.sh("kill -" + signal + " " + daemon.pid());

    Trifold.awaitEnd(daemon);
    assertThat(Trifold.isMounted(root)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT"})
  void staysInTheForegroundUntilASignal(String signal) throws Exception {
    Process process = trifold.start("mount", "app", "--rules", "my.rules", "--foreground");
    eventually(process, p -> !p.isAlive() || saidMounted(p));
    assertThat(Trifold.isMounted(root)).isTrue();

    trifold.sh("kill -" + signal + " " + process.pid());

    assertThat(process.waitFor()).isZero();
    assertThat(Trifold.isMounted(root)).isFalse();
  }

  private boolean saidMounted(Process process) {
    try {
      return trifold.said(process).contains(root + " is mounted");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void keepsNothingOfItsCallersInTheDaemon() throws Exception {
    trifold.environment.put("TRIFOLD_QUEUE_PASSWORD", "s3cret");
    Path launcher = Path.of("..", "scripts", "trifold").toRealPath();
    trifold.sh("exec 7<my.rules; " + launcher + " mount app --rules my.rules");

    Path process = Path.of("/proc", String.valueOf(Trifold.daemonOf(root).pid()));
    assertThat(Files.readString(process.resolve("environ"))).doesNotContain("s3cret");
    assertThat(Files.readString(process.resolve("cmdline"))).endsWith("\0serve\0" + root + "\0");
    assertThat(Files.readSymbolicLink(process.resolve("cwd"))).isEqualTo(Path.of("/"));
    assertThat(trifold.sh("readlink " + process + "/fd/*")).doesNotContain("my.rules");
    assertThat(trifold.sh("readlink " + process + "/fd/[012]"))
        .matches("/dev/null\n/dev/null\n.*/trifold.log\n");
  }

  @Test
  void givesUpWhenItIsInterruptedBeforeItIsMounted() throws Exception {
    Process process;
    try (ServerSocket deaf = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      String url = "jdbc:postgresql://127.0.0.1:" + deaf.getLocalPort() + "/trifold";
      process = trifold.start("mount", "app", "--rules", "my.rules", "--queue", url);
      try (Socket daemon = deaf.accept()) {
        assertThat(daemon.isConnected()).isTrue();
        trifold.sh("kill -INT " + process.pid());
      }
    }
    assertThat(process.waitFor()).isEqualTo(130);
    assertThat(Trifold.isMounted(root)).isFalse();
    assertThat(trifold.sh("pgrep -f 'serve " + root + "$'")).isEmpty();
  }

  @Test
  void endsWhenSomebodyElseUnmounts() throws Exception {
    mount();
    ProcessHandle daemon = Trifold.daemonOf(root);

    trifold.sh("umount " + root);

    Trifold.awaitEnd(daemon);
    assertThat(Trifold.isMounted(root)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"kernel", "jnr"})
  void replacesTheMountOfADaemonThatWasKilled(String transport) throws Exception {
    mount("--transport", transport);
    Files.createDirectory(root.resolve(pages));
    Files.writeString(root.resolve(pages + "/a"), "written before");
    ProcessHandle daemon = Trifold.daemonOf(root);
    daemon.destroyForcibly();
    Trifold.awaitEnd(daemon);
    assertThatThrownBy(() -> Files.readString(root.resolve("index.php")))
        .isInstanceOf(FileSystemException.class);
    trifold.run("status", "app").failed(1, root + ": its daemon is dead");

    Trifold.Result again = trifold.run("mount", "app", "--rules", "my.rules").succeeded();

    assertThat(again.err()).contains("took away the mount that a dead daemon had left");
    assertThat(root.resolve(pages + "/a")).hasContent("written before");
    trifold.run("umount", "app").succeeded();
  }

  @Test
  void removesTheMountOfADaemonThatWasKilled() throws Exception {
    mount();
    ProcessHandle daemon = Trifold.daemonOf(root);
    daemon.destroyForcibly();
    Trifold.awaitEnd(daemon);

    assertThat(trifold.run("umount", "app").succeeded().out())
        .isEqualTo(root + " is unmounted; its daemon was dead\n");
    assertThat(Trifold.isMounted(root)).isFalse();
  }

  @Test
  void takesItsSettingsFromAFile() throws Exception {
    trifold.file("c.toml", "root = \"app\"", "rules = \"my.rules\"", "transport = \"jnr\"");
    trifold.directory("elsewhere");

    trifold.run("mount", "--config", "c.toml").succeeded();

    assertThat(trifold.run("status", "app").succeeded().out()).contains("jnr: ");
  }

  @Test
  void takesNamesOutsideAsciiWhateverTheLocale() throws Exception {
    Path site = trifold.directory("sit\u00e9");
    trifold.environment.put("LC_ALL", "POSIX");

    trifold.run("mount", "sit\u00e9", "--rules", "my.rules").succeeded();

    assertThat(trifold.run("status", "sit\u00e9").succeeded().out()).contains(site.toString());
    trifold.run("umount", "sit\u00e9").succeeded();
    assertThat(Trifold.isMounted(site)).isFalse();
  }

  @Test
  void goesOnWithoutTheDatabaseAfterTheFirstMount() throws Exception {
    mount();
    trifold.environment.put(
        "TRIFOLD_QUEUE_PASSWORD_FILE", state.toRealPath().resolve("queue/password").toString());
    String port = Files.readString(state.resolve("queue/port")).strip();
    Path other = trifold.directory("other/app");
    String[] second = {
      "mount",
      "other/app",
      "--rules",
      "my.rules",
      "--remote",
      "shared_storage",
      "--host",
      "second" + System.nanoTime(),
      "--queue-user",
      "trifold",
      "--queue",
      "jdbc:postgresql://127.0.0.1:" + port + "/trifold"
    };
    trifold.run(second).succeeded();
    trifold.run("umount", "other/app").succeeded();
    trifold.run("umount", "app").succeeded();

    Trifold.Result away = trifold.run(second).succeeded();

    assertThat(away.err()).contains("warning: propagation waits");
    Files.createDirectories(other.resolve(pages));
    Files.writeString(other.resolve(pages + "/late"), "x");
    assertThat(trifold.run("status", "other/app").succeeded().out())
        .containsPattern("\nstate: +away\n")
        .containsPattern("\nqueue-reachable: +no, for ");
    trifold.run("umount", "other/app").succeeded();
  }
}
