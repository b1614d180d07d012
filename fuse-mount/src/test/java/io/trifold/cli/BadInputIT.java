package io.trifold.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a user can get wrong: each one clear line, a failure, and nothing left behind. */
@RequiresMounts
class BadInputIT {
  /** One for all tests: the embedded database is made once. */
  @TempDir private static Path state;

  @TempDir private Path place;
  private Trifold trifold;
  private Path root;

  @BeforeEach
  void prepare() throws IOException {
    trifold = new Trifold(place);
    root = trifold.directory("app");
    trifold.directory("shared_storage");
    trifold.file("my.rules", "propagated /pages/", "remote /media/");
    trifold.environment.put("TRIFOLD_STATE", state.toRealPath().toString());
    trifold.environment.put("TRIFOLD_HOST", "h" + System.nanoTime());
  }

  @AfterEach
  void cleanUp() throws Exception {
    boolean left = Trifold.isMounted(root);
    trifold.close();
    assertThat(left).as("a mount was left behind").isFalse();
  }

  private Trifold.Result mount(String... more) throws Exception {
    List<String> all = new ArrayList<>(List.of("mount", "app", "--rules", "my.rules"));
    all.addAll(List.of(more));
    return trifold.run(all.toArray(String[]::new));
  }

  @Test
  void unknownCommand() throws Exception {
    trifold.run("muont").failed(2, "muont", "did you mean mount?");
  }

  @Test
  void unknownOption() throws Exception {
    mount("--transprt", "jnr").failed(2, "--transprt", "--transport");
  }

  @Test
  void noRules() throws Exception {
    trifold.run("mount", "app").failed(2, "no rules", "--rules");
  }

  @Test
  void unknownPreset() throws Exception {
    trifold.run("mount", "app", "--rules", "compsr").failed(1, "compsr", "composr");
  }

  @Test
  void unknownBinding() throws Exception {
    trifold.file("my.rules", "", "lokal /pages/");
    mount().failed(1, "my.rules:2:1", "lokal", "local");
  }

  @Test
  void badPattern() throws Exception {
    trifold.file("my.rules", "local [a-");
    mount().failed(1, "my.rules:1:");
  }

  @Test
  void includeCycle() throws Exception {
    trifold.file("my.rules", "include ./other.rules");
    trifold.file("other.rules", "include ./my.rules");
    mount().failed(1, "other.rules:1:", "my.rules");
  }

  @Test
  void missingRoot() throws Exception {
    trifold.run("mount", "nowhere", "--rules", "my.rules").failed(2, "nowhere", "does not exist");
  }

  @Test
  void rootIsAFile() throws Exception {
    trifold.run("mount", "my.rules", "--rules", "my.rules").failed(1, "is not a directory");
  }

  @Test
  void missingRemoteRoot() throws Exception {
    Files.delete(place.resolve("shared_storage"));
    mount().failed(1, "shared_storage is missing", "mkdir");
    assertThat(place.resolve("shared_storage")).doesNotExist();
  }

  @Test
  void remoteRootThatIsNotMountedAnyMore() throws Exception {
    mount().succeeded();
    trifold.run("umount", "app").succeeded();
    trifold.sh("mv shared_storage elsewhere && mkdir shared_storage");

    mount().failed(1, "the shared storage " + trifold.home + "/shared_storage", "is it mounted?");
  }

  @Test
  void remoteInsideTheRoot() throws Exception {
    trifold.directory("app/media");
    mount("--remote", "app/media").failed(1, "one inside the other");
  }

  @Test
  void rootInsideTheRemote() throws Exception {
    mount("--remote", ".").failed(1, "one inside the other");
  }

  @Test
  void stateInsideTheRoot() throws Exception {
    mount("--state", "app/state").failed(1, "inside the root");
  }

  @Test
  void unknownTransport() throws Exception {
    mount("--transport", "nfs").failed(2, "--transport: unknown transport \"nfs\"", "kernel");
  }

  @Test
  void unknownMode() throws Exception {
    mount("--mode", "master").failed(2, "--mode: unknown mode \"master\"", "primary");
  }

  @Test
  void unknownSetting() throws Exception {
    trifold.file("c.toml", "remot = \"x\"");
    mount("--config", "c.toml").failed(2, "c.toml:1:1", "\"remot\"", "\"remote\"");
  }

  @Test
  void databaseRefused() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    mount("--queue", "jdbc:postgresql://127.0.0.1:" + port + "/farm")
        .failed(1, "127.0.0.1:" + port, "connection refused");
  }

  @Test
  void unknownDatabaseWrongPasswordSameHostAndMountedAlready() throws Exception {
    mount("--host", "one").succeeded();
    String url =
        "jdbc:postgresql://127.0.0.1:" + Files.readString(state.resolve("queue/port")).strip();
    Path password = state.toRealPath().resolve("queue/password");
    trifold.directory("other/app");
    trifold.directory("other/shared_storage");
    String[] other = {"mount", "other/app", "--rules", "my.rules", "--queue-user", "trifold"};

    trifold
        .run(with(other, "--queue", url + "/nothing", "--queue-password-file", password.toString()))
        .failed(1, "no such database");
    trifold.environment.put("TRIFOLD_QUEUE_PASSWORD", "s3cret");
    Trifold.Result refused = trifold.run(with(other, "--queue", url + "/trifold"));
    refused.failed(1, "refuses");
    assertThat(refused.err()).doesNotContain("s3cret");
    trifold.environment.remove("TRIFOLD_QUEUE_PASSWORD");
    trifold
        .run("mount", "other/app", "--rules", "my.rules", "--host", "one")
        .failed(1, "one", "in use");
    mount().failed(1, root + " is mounted already, as host one", "trifold umount");
    assertThat(Trifold.isMounted(place.toRealPath().resolve("other/app"))).isFalse();

    trifold.run("umount", "app").succeeded();
  }

  private static String[] with(String[] arguments, String... more) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  @Test
  void notMounted() throws Exception {
    trifold.run("umount", "app").failed(1, root + " is not mounted");
    trifold.run("status", "app").failed(1, root + " is not mounted");
    trifold.run("explain", "app/x").failed(1, "in no mount", "--rules");
  }

  @Test
  void neitherRootNorFusermount() throws Exception {
    String asNobody = "setpriv --reuid=65534 --regid=65534 --clear-groups";
    String hidden =
        "for f in fusermount fusermount3; do f=$(readlink -f /usr/bin/$f) && [ -e \"$f\" ]"
            + " && mount --bind /dev/null \"$f\"; done; ";
    trifold.sh("chmod 755 . && chown -R 65534 .");
    String mount =
        " " + Path.of("..", "scripts", "trifold").toAbsolutePath() + " mount app --rules my.rules";
    trifold.environment.put("TRIFOLD_STATE", place.toRealPath().resolve("state").toString());

    Process process =
        trifold.start(
            List.of("unshare", "--mount", "sh", "-c", hidden + "exec " + asNobody + mount));

    trifold.end(process).failed(1, "needs root or fusermount3", "fuse3");
  }
}
