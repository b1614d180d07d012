package io.trifold.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.posix.MountTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Directories that the kernel serves itself, in the mount of a daemon that serves the rest. */
@RequiresMounts
class BypassIT {
  /** One for all tests: the embedded database is made once. */
  @TempDir private static Path state;

  @TempDir private Path place;
  private Trifold trifold;
  private Path root;
  private Path shared;

  @BeforeEach
  void prepare() throws IOException {
    trifold = new Trifold(place);
    root = trifold.directory("app");
    shared = trifold.directory("shared_storage");
    trifold.file("app/lib/vendor/code.php", "<?php");
    trifold.file("app/index.php", "<?php");
    trifold.file("shared_storage/media/a.png", "png");
    trifold.file(
        "my.rules",
        "propagated /lib/pages" + System.nanoTime() + "/",
        "local /lib/vendor/ bypass=on",
        "remote /media/ bypass=on");
    trifold.environment.put("TRIFOLD_STATE", state.toRealPath().toString());
    trifold.environment.put("TRIFOLD_HOST", "h" + System.nanoTime());
  }

  @AfterEach
  void cleanUp() throws Exception {
    trifold.close();
    assertThat(mountsBelow()).as("what is left of it").isEmpty();
  }

  private Trifold.Result mount(String... more) throws IOException {
    String[] all = new String[more.length + 4];
    System.arraycopy(new String[] {"mount", "app", "--rules", "my.rules"}, 0, all, 0, 4);
    System.arraycopy(more, 0, all, 4, more.length);
    return trifold.run(all).succeeded();
  }

  private List<Path> mountsBelow() throws IOException {
    return MountTable.read().mounts().stream()
        .map(MountTable.Mount::point)
        .filter(point -> point.startsWith(root))
        .toList();
  }

  private Path vendor() {
    return root.resolve("lib/vendor");
  }

  private Path media() {
    return root.resolve("media");
  }

  private static Object device(Path path) throws IOException {
    return Files.getAttribute(path, "unix:dev");
  }

  private Process userOf(Path directory) throws Exception {
    Process user = trifold.start(List.of("sh", "-c", "cd " + directory + " && exec sleep 1000"));
    while (!Files.readSymbolicLink(Path.of("/proc/" + user.pid() + "/cwd")).equals(directory)) {
      Thread.sleep(20);
    }
    return user;
  }

  private static void end(Process process) {
    process.destroyForcibly().onExit().join();
  }

  @ParameterizedTest
  @ValueSource(strings = {"kernel", "jnr"})
  void servesTheDirectoriesFromWhereTheirBytesAre(String transport) throws Exception {
    assertThat(mount("--transport", transport).err()).isEmpty();

    assertThat(mountsBelow()).containsExactlyInAnyOrder(root, vendor(), media());
    assertThat(device(vendor())).isEqualTo(device(shared)).isNotEqualTo(device(root));
    assertThat(device(media())).isEqualTo(device(shared));
    assertThat(vendor().resolve("code.php")).hasContent("<?php\n");
    Files.writeString(media().resolve("b.png"), "b");
    assertThat(shared.resolve("media/b.png")).hasContent("b");
    Files.writeString(vendor().resolve("more.php"), "more");

    assertThat(trifold.run("umount", "app").succeeded().out()).isEqualTo(root + " is unmounted\n");
    assertThat(vendor().resolve("more.php")).hasContent("more");
    assertThat(media()).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"kernel", "jnr"})
  void keepsPrivilegesOutAsTheMountDoes(String transport) throws Exception {
    mount("--transport", transport);

    assertThat(trifold.sh("findmnt -no OPTIONS " + vendor())).contains("nosuid,nodev");
  }

  @ParameterizedTest
  @ValueSource(strings = {"kernel", "jnr"})
  void lieAcrossABorderFromTheRest(String transport) throws Exception {
    mount("--transport", transport);

    assertThat(
            trifold.sh(
                "python3 -c 'import os; os.rename(\"app/lib/vendor/code.php\", \"app/x\")' 2>&1"))
        .contains("Invalid cross-device link");
    assertThat(trifold.sh("mv app/lib/vendor/code.php app/x && cat app/x")).isEqualTo("<?php\n");
    assertThat(trifold.sh("mv app/lib/vendor app/lib/other 2>&1")).contains("busy");
    assertThat(trifold.sh("mv app/lib app/library 2>&1")).contains("busy");
    assertThat(trifold.sh("mv app/index.php app/start.php && cat app/start.php"))
        .isEqualTo("<?php\n");
  }

  @Test
  void areToldByStatusAndExplain() throws Exception {
    mount();

    assertThat(trifold.run("status", "app").succeeded().out())
        .containsPattern("\nbypass 1: +" + vendor() + "\nbypass 2: +" + media() + "\n");
    assertThat(trifold.run("explain", "app/lib/vendor/code.php").succeeded().out())
        .isEqualTo(
            """
            path:    app/lib/vendor/code.php
            binding: local
            rule:    %2$s/my.rules:2 /lib/vendor/
            options: bypass=on
            bytes:   %1$s/lib/vendor/code.php (below the mount, on this host's disk)
            bypass:  the kernel serves /lib/vendor from there itself
            """
                .formatted(root, trifold.home));
    trifold.sh("umount " + vendor());
    assertThat(trifold.run("status", "app").succeeded().out()).doesNotContain(vendor().toString());
    assertThat(trifold.run("explain", "app/lib/vendor/code.php").succeeded().out())
        .doesNotContain("kernel");
  }

  @Test
  void isOfferedAndNotRequired() throws Exception {
    Files.delete(vendor().resolve("code.php"));
    Files.delete(vendor());
    Files.createSymbolicLink(vendor(), shared);
    Files.move(shared.resolve("media"), shared.resolve("else"), StandardCopyOption.ATOMIC_MOVE);

    assertThat(mount().err().lines())
        .hasSize(2)
        .anyMatch(line -> line.contains("my.rules:2: /lib/vendor is served without bypass"))
        .anyMatch(line -> line.contains("my.rules:3: /media is served without bypass"));

    assertThat(mountsBelow()).containsExactly(root);
    Files.createDirectory(media());
    assertThat(shared.resolve("media")).isDirectory();
  }

  @Test
  void doesNotHideWhatIsMountedInTheDirectory() throws Exception {
    Path inner = trifold.directory("app/lib/vendor/inner");
    trifold.sh("mount -t tmpfs none " + inner + " && touch " + inner + "/x");
    try {
      assertThat(mount().err()).contains(inner + " is mounted within it");
      assertThat(inner.resolve("x")).exists();
      trifold.run("umount", "app").succeeded();
    } finally {
      trifold.sh("umount " + inner);
    }
  }

  @Test
  void staysWhereAnyPartIsInUse() throws Exception {
    mount();
    List<Path> before = mountsBelow();
    Process user = userOf(vendor());

    trifold.run("umount", "app").failed(1, vendor() + " is in use", "--force");
    assertThat(mountsBelow()).containsExactlyInAnyOrderElementsOf(before);
    end(user);

    user = userOf(root);
    trifold.run("umount", "app").failed(1, root + " is in use", "--force");
    assertThat(mountsBelow()).containsExactlyInAnyOrderElementsOf(before);
    assertThat(trifold.sh("findmnt -no OPTIONS " + vendor())).contains("nosuid,nodev");
    assertThat(trifold.run("status", "app").succeeded().out()).contains("bypass 2:");
    end(user);

    trifold.run("umount", "app").succeeded();
  }

  @ParameterizedTest
  @ValueSource(strings = {"kernel", "jnr"})
  void goesByForceThoughItIsInUse(String transport) throws Exception {
    mount("--transport", transport);
    userOf(vendor());
    ProcessHandle daemon = Trifold.daemonOf(root);

    assertThat(trifold.run("umount", "--force", "app").succeeded().out())
        .isEqualTo(root + " is unmounted\n");

    assertThat(Trifold.hasEnded(daemon)).isTrue();
    assertThat(mountsBelow()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"kernel", "jnr"})
  void goesWithADaemonThatIsToldToEnd(String transport) throws Exception {
    mount("--transport", transport);
    userOf(vendor());
    ProcessHandle daemon = Trifold.daemonOf(root);

    daemon.destroy();

    Trifold.awaitEnd(daemon);
    assertThat(mountsBelow()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"umount -R", "umount -l"})
  void goesWhenSomebodyElseUnmounts(String umount) throws Exception {
    mount();
    ProcessHandle daemon = Trifold.daemonOf(root);

    trifold.sh(umount + " " + root);

    Trifold.awaitEnd(daemon);
    assertThat(mountsBelow()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"kernel", "jnr"})
  void isReplacedWithTheMountOfADaemonThatWasKilled(String transport) throws Exception {
    mount("--transport", transport);
    kill(Trifold.daemonOf(root));

    assertThat(mount("--transport", transport).err())
        .contains("took away the mount that a dead daemon had left, and so is what was mounted")
        .contains(vendor().toString());

    assertThat(mountsBelow()).containsExactlyInAnyOrder(root, vendor(), media());
    assertThat(vendor().resolve("code.php")).hasContent("<?php\n");
    kill(Trifold.daemonOf(root));
    assertThat(trifold.run("umount", "app").succeeded().out()).contains("its daemon was dead");
    assertThat(mountsBelow()).isEmpty();
  }

  private static void kill(ProcessHandle daemon) throws Exception {
    daemon.destroyForcibly();
    Trifold.awaitEnd(daemon);
  }

  @Test
  void leavesNobodysMountOutUnasked() throws Exception {
    mount();
    Path other = trifold.directory("app/cache");
    trifold.sh("mount -t tmpfs none " + other);

    trifold.run("umount", "app").failed(1, other + " is mounted in it", "--force");
    assertThat(mountsBelow()).containsExactlyInAnyOrder(root, vendor(), media(), other);

    assertThat(trifold.run("umount", "--force", "app").succeeded().out())
        .isEqualTo(root + " is unmounted, and so is what was mounted in it: " + other + "\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"kernel", "jnr"})
  void staysWithItsMountWhereMountsAreShared(String transport) throws Exception {
    String script =
        """
        mount --bind . . && cd . && mount --make-rshared . && cd "$PWD"
        trifold=%s
        $trifold mount app --rules my.rules --transport %s
        grep -c "$PWD/app" /proc/self/mountinfo
        mkdir app/lib/vendor/inner && mount -t tmpfs none app/lib/vendor/inner
        grep -c "$PWD/app/lib/vendor/inner" /proc/self/mountinfo
        umount app/lib/vendor/inner
        $trifold umount app
        grep -c "$PWD/app" /proc/self/mountinfo || true
        """
            .formatted(Path.of("..", "scripts", "trifold").toRealPath(), transport);
    trifold.file("run.sh", script);

    Trifold.Result result =
        trifold.end(
            trifold.start(
                List.of("unshare", "--mount", "--propagation", "private", "sh", "-e", "run.sh")));

    assertThat(result.succeeded().out().lines().filter(line -> line.matches("[0-9]+")))
        .containsExactly("3", "1", "0");
  }

  @Test
  void isRefusedWhereALaterRuleBindsOtherwise() throws Exception {
    trifold.file("bad.rules", "local /lib/vendor/ bypass=on", "propagated *.php");

    trifold.run("rules", "check", "bad.rules").failed(1, "bad.rules:1:20: bypass=on cannot be");
    trifold
        .run("mount", "app", "--rules", "bad.rules")
        .failed(1, "bad.rules:1:20: bypass=on cannot be", "\"propagated *.php\"");
  }
}
