package io.trifold.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.fuse.kernel.Nas;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A mount whose shared storage hangs, vanishes and comes back. */
@RequiresMounts
class SharedStorageIT {
  private static final Duration SOON = Duration.ofSeconds(90);

  /** One for all tests: the embedded database is made once. */
  @TempDir private static Path state;

  @TempDir private Path place;
  private Trifold trifold;
  private Path root;
  private Path storage;
  private Path backing;
  private Nas nas;

  @BeforeEach
  void prepare() throws IOException {
    trifold = new Trifold(place);
    root = trifold.directory("app");
    storage = trifold.directory("shared_storage");
    backing = trifold.directory("backing");
    trifold.file(
        "my.rules",
        "propagated /pages/",
        "remote /media/ timeout=1s cache=0",
        "remote /served/ timeout=1s cache=0 passthrough=off");
    trifold.file("app/index.php", "<?php");
    trifold.file("app/lib/a.php", "a");
    trifold.file("backing/media/a", "a on the storage");
    trifold.file("backing/served/b", "b on the storage");
    trifold.environment.put("TRIFOLD_STATE", state.toRealPath().toString());
    trifold.environment.put("TRIFOLD_HOST", "h" + System.nanoTime());
    nas = Nas.serve(backing, storage);
  }

  @AfterEach
  void cleanUp() throws Exception {
    try {
      nas.resume();
      trifold.close();
    } finally {
      nas.close();
    }
  }

  private ProcessHandle mount(String transport) throws Exception {
    trifold.run("mount", "app", "--rules", "my.rules", "--transport", transport).succeeded();
    return Trifold.daemonOf(root);
  }

  private String status(String key) throws IOException {
    String text = trifold.run("status", "app").succeeded().out();
    return text.lines()
        .filter(line -> line.startsWith(key + ":"))
        .map(line -> line.substring(key.length() + 1).strip())
        .findFirst()
        .orElseThrow();
  }

  private static void eventually(Callable<Boolean> holds) throws Exception {
    long end = System.nanoTime() + SOON.toNanos();
    while (!holds.call()) {
      assertThat(System.nanoTime()).as("it took too long").isLessThan(end);
      Thread.sleep(50);
    }
  }

  private boolean reachable() throws IOException {
    return status("remote-reachable").startsWith("yes");
  }

  /** Nothing of what came back late is left open. */
  private void hasOnlyTheRootOpen(ProcessHandle daemon) throws Exception {
    long end = System.nanoTime() + SOON.toNanos();
    List<String> open = openOnStorage(daemon);
    while (!open.equals(List.of(storage.toString())) && System.nanoTime() < end) {
      Thread.sleep(50);
      open = openOnStorage(daemon);
    }
    assertThat(open).containsExactly(storage.toString());
  }

  /** What the daemon has open on the storage. */
  private List<String> openOnStorage(ProcessHandle daemon) throws IOException {
    try (Stream<Path> descriptors = Files.list(Path.of("/proc", "" + daemon.pid(), "fd"))) {
      return descriptors
          .map(SharedStorageIT::target)
          .filter(target -> target.startsWith(storage.toString()))
          .toList();
    }
  }

  private static String target(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException e) {
      return "";
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"kernel", "jnr"})
  void fiveHundredCallersOfAHungStorageGetErrorsAndNobodyElseWaits(String transport)
      throws Exception {
    ProcessHandle daemon = mount(transport);
    assertThat(root.resolve("media/a")).hasContent("a on the storage\n");

    nas.hang();
    Process callers =
        trifold.start(
            List.of(
                "bash",
                "-c",
                "for i in $(seq 500); do stat app/media/x$i 2>/dev/null && echo found & done;"
                    + " wait; echo all"));
    Process locals =
        trifold.start(
            List.of(
                "bash",
                "-c",
                "for i in $(seq 200); do read < app/index.php; ls app/lib >/dev/null;"
                    + " echo $i > app/lib/new$i; [ ! -e app/none$i ]; done; echo all"));

    assertThat(trifold.end(locals).out()).isEqualTo("all\n");
    assertThat(trifold.end(callers).out()).isEqualTo("all\n");
    assertThat(status("remote-reachable")).startsWith("no, for ").endsWith("it does not answer");
    assertThat(status("remote-calls")).contains(" hanging, ").doesNotContain(" 0 timed out");
    assertThat(trifold.sh("stat app/media/a || echo away >&2; cat app/lib/new200"))
        .isEqualTo("200\n");
    assertThat(trifold.sh("mkdir -p app/pages && echo x > app/pages/new && cat app/pages/new"))
        .isEqualTo("x\n");

    nas.resume();
    eventually(this::reachable);
    assertThat(root.resolve("media/a")).hasContent("a on the storage\n");
    hasOnlyTheRootOpen(daemon);
    eventually(() -> status("remote-calls").startsWith("0 under way, 0 hanging, "));
  }

  @ParameterizedTest
  @ValueSource(strings = {"kernel", "jnr"})
  void readsAndWritesThatTheDaemonServesEndToo(String transport) throws Exception {
    ProcessHandle daemon = mount(transport);
    Process user =
        trifold.start(
            List.of(
                "bash",
                "-c",
                "exec 3< app/served/b 4>> app/served/b; read x <&3; echo \"$x\";"
                    + " until [ -e go ]; do sleep 0.1; done;"
                    + " echo more >&4 && echo written; cat app/served/b || echo failed;"
                    + " exec 3<&- 4>&-; until [ -e back ]; do sleep 0.1; done; cat app/served/b"));
    Thread.sleep(500);
    nas.hang();
    trifold.file("go");
    eventually(() -> trifold.said(user).contains("app/served/b: "));
    nas.resume();
    eventually(this::reachable);
    trifold.file("back");

    String out = trifold.end(user).out();
    assertThat(out).startsWith("b on the storage\n").contains("failed\n").doesNotContain("written");
    assertThat(trifold.said(user)).contains("write error: ");
    assertThat(out.substring(out.indexOf("failed\n"))).contains("b on the storage\n");
    hasOnlyTheRootOpen(daemon);
  }

  @ParameterizedTest
  @ValueSource(strings = {"kernel", "jnr"})
  void isUnmountedWhileTheStorageHangs(String transport) throws Exception {
    ProcessHandle daemon = mount(transport);
    nas.hang();
    trifold.sh("stat app/media/a app/media/b; ls app/media");

    assertThat(trifold.run("umount", "app").succeeded().out()).startsWith(root + " is unmounted");

    assertThat(Trifold.isMounted(root)).isFalse();
    nas.resume();
    eventually(() -> Trifold.hasEnded(daemon));
  }

  @ParameterizedTest
  @ValueSource(strings = {"kernel", "jnr"})
  void endsOnASignalWhileCallersHang(String transport) throws Exception {
    ProcessHandle daemon = mount(transport);
    nas.hang();
    Process callers =
        trifold.start(
            List.of("bash", "-c", "for i in $(seq 50); do stat app/media/x$i & done; wait"));
    Thread.sleep(300);

    daemon.destroy();

    eventually(() -> !Trifold.isMounted(root));
    trifold.end(callers);
    eventually(() -> Trifold.hasEnded(daemon));
  }

  @ParameterizedTest
  @ValueSource(strings = {"kernel", "jnr"})
  void writesNothingWhereAStorageThatVanishedBelongs(String transport) throws Exception {
    ProcessHandle daemon = mount(transport);
    Files.writeString(root.resolve("media/before"), "before");

    nas.detach();
    eventually(
        () -> {
          trifold.sh("echo x > app/media/after");
          return !reachable();
        });

    assertThat(status("remote-reachable")).contains("it lacks the file .trifold~storage");
    assertThat(trifold.sh("echo x > app/media/after2 || echo refused")).isEqualTo("refused\n");
    assertThat(storage).isEmptyDirectory();
    assertThat(backing.resolve("media/after2")).doesNotExist();

    Path old = backing;
    nas.close();
    nas = Nas.serve(old, storage);
    eventually(this::reachable);
    assertThat(root.resolve("media/before")).hasContent("before");
    Files.writeString(root.resolve("media/again"), "again");
    assertThat(backing.resolve("media/again")).hasContent("again");
    hasOnlyTheRootOpen(daemon);
  }

  @Test
  void isNotMountedWithAStorageThatHangs() throws Exception {
    nas.hang();

    trifold
        .run("mount", "app", "--rules", "my.rules")
        .failed(1, "the shared storage " + storage + " does not answer");

    assertThat(Trifold.isMounted(root)).isFalse();
  }
}
