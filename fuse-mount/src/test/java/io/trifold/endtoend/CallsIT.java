package io.trifold.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls on three hosts with real mounts, and what becomes of them when a host dies in one. */
class CallsIT {
  private static final String RULES = "propagated /pages/\nlocal /cache/ deletes=broadcast\n";
  private static final String ME = System.getProperty("user.name");
  private static final String[] SETTINGS = {
    "[calls.greet]",
    "command = [\"/bin/sh\", \"-c\", \"cat; echo $TRIFOLD_HOST $0\", \"{whom}\"]",
    "user = \"" + ME + "\"",
    "data = \"[a-z ]*\"",
    "[calls.greet.arguments]",
    "whom = \".{1,20}\"",
    "[calls.see]",
    "command = [\"/bin/cat\", \"page\"]",
    "user = \"" + ME + "\"",
    "directory = \"pages\"",
    "[calls.slow]",
    "command = [\"/bin/sh\", \"-c\", \"echo begun; touch begun; sleep 600 & sleep 600\"]",
    "user = \"" + ME + "\"",
    "order = \"at-once\"",
    "limit = \"120s\"",
    "[calls.differ]",
    "command = [\"/bin/sh\", \"-c\", \"echo begun >>$TRIFOLD_ROOT.begun;"
        + " case $TRIFOLD_HOST in web1) exit 0;; web2) exit 3;; esac;"
        + " while :; do echo >>$TRIFOLD_ROOT.beats; sleep 0.1; done\"]",
    "user = \"" + ME + "\"",
    "order = \"at-once\"",
    "[calls.too-slow]",
    "command = [\"/bin/sh\", \"-c\", \"echo begun; sleep 987654 & sleep 987654\"]",
    "user = \"" + ME + "\"",
    "limit = \"1s\"",
    "[calls.note]",
    "command = [\"/bin/sh\", \"-c\", \"echo noted >>noted\"]",
    "user = \"" + ME + "\"",
    "[calls.deploy]",
    "builtin = \"git-pull\"",
    "user = \"" + ME + "\"",
    "directory = \"site\"",
    "then = [\"clear\"]",
    "[calls.clear]",
    "command = [\"/bin/sh\", \"-c\", \"rm -f cache/*; echo $TRIFOLD_HOST >>cleared\"]",
    "user = \"" + ME + "\"",
    "[calls.drop]",
    "builtin = \"drop-kernel-caches\"",
    "[calls.compare]",
    "builtin = \"verify\"",
    "[calls.rules]",
    "builtin = \"reload-rules\"",
  };

  @TempDir Path directory;

  private FarmHosts farm;

  @BeforeEach
  void layOut() throws Exception {
    Requirements.mounts();
    Requirements.programs("setpriv", "setsid", "git");
    farm = FarmHosts.in(directory, RULES, List.of("web1", "web2", "web3"), SETTINGS);
  }

  @AfterEach
  void takeAway() throws Exception {
    if (farm != null) {
      farm.stop();
    }
  }

  @Test
  void aCallRunsOnceOnEachHostAndOnlyAsItIsDeclaredThere() throws Exception {
    farm.host(2).configure();
    farm.mount();
    FarmHosts.Member web1 = farm.host(0);

    FarmHosts.Result greeted =
        web1.on(
                "call",
                "greet",
                "--arg",
                "whom=$(id); x",
                "--data",
                "hello ",
                "--wait",
                "--hosts",
                "web1,web2")
            .exits(0);
    assertThat(greeted.out())
        .contains("call ", " of 2 hosts", "web1         ok", "web2         ok", "greet: 2 ok");
    String id = greeted.out().substring(5, 13);
    assertThat(web1.on("calls", id).exits(0).out())
        .contains("hello web1 $(id); x", "hello web2 $(id); x");
    assertThat(web1.on("calls").exits(0).out()).contains(id, "greet", "2 ok");

    // The third host's settings know no call.
    assertThat(web1.on("call", "note", "--wait").exits(10).out())
        .contains(
            "web3         failed: this host's settings have no [calls.note]", "1 failed, 2 ok");
    assertThat(Files.readString(web1.path("noted"))).isEqualTo("noted\n");
    assertThat(Files.readString(farm.host(1).path("noted"))).isEqualTo("noted\n");

    FarmHosts.Result refused = web1.on("call", "greet", "--data", "HELLO").exits(1);
    assertThat(refused.err()).contains("trifold: call greet: its argument \"whom\" is missing");
    assertThat(web1.on("call", "gret").exits(1).err()).contains("no call \"gret\"", "greet");
    assertThat(web1.on("call", "note", "--hosts", "web9").exits(1).err())
        .contains("host \"web9\" is not live; live are web1, web2, web3");
    web1.on("call", "drop", "--wait", "--hosts", "web1,web2").exits(0);
  }

  @Test
  void aCallSeesWhatWasWrittenBeforeItAndAnApplicationCanMakeOne() throws Exception {
    farm.mount();
    FarmHosts.Member web1 = farm.host(0);
    Files.createDirectories(web1.path("pages"));
    for (int i = 0; i < 300; i++) {
      Files.writeString(web1.path("pages/" + i), "x".repeat(i * 10));
    }
    Files.writeString(web1.path("pages/page"), "the newest\n");

    String out = web1.on("call", "see", "--wait").exits(0).out();
    assertThat(out).contains("see: 3 ok");
    String id = out.substring(5, 13);
    assertThat(web1.on("calls", id).out().lines().filter(l -> l.contains("the newest"))).hasSize(3);

    Files.writeString(web1.path(".trifold/call/note"), "now\n");
    for (FarmHosts.Member host : farm.hosts()) {
      Eventually.passes(
          () -> assertThat(Files.readString(host.path("noted"))).isEqualTo("noted\n"));
    }
    assertThatThrownBy(() -> Files.writeString(web1.path(".trifold/call/greet"), "UPPER CASE\n"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("Invalid argument");
  }

  @Test
  void aHostThatDiesInACallIsUnknownAndWhatItRanIsKilled() throws Exception {
    farm.host(0).mount();
    farm.host(1).mount();
    Process daemon = farm.host(2).mountInForeground();
    FarmHosts.Member web1 = farm.host(0);

    String out = web1.on("call", "slow", "--hosts", "web3").exits(0).out();
    String id = out.substring(5, 13);
    Path begun = farm.host(2).path("begun");
    Eventually.passes(() -> assertThat(begun).exists());
    assertThat(sleepers("sleep 600", farm.host(2).root())).isGreaterThanOrEqualTo(2);
    farm.killAlone(daemon);

    // The leash ends what the daemon cannot end any more.
    Eventually.passes(() -> assertThat(sleepers("sleep 600", farm.host(2).root())).isZero());
    // The others settle it when its lease is over; the host itself when it is back before.
    farm.host(2).mount();
    Eventually.passes(
        () ->
            assertThat(web1.on("calls", id).out())
                .contains("web3         unknown", "died before it had ended"));
    // And never again.
    assertThat(web1.on("call", "note", "--wait").exits(0).out()).contains("note: 3 ok");
    assertThat(sleepers("sleep 600", farm.host(2).root())).isZero();
  }

  @Test
  void theOthersSettleTheCallOfAHostThatStaysAwayAndItIsNotRunAgainThere() throws Exception {
    farm.host(0).mount();
    farm.host(1).mount();
    Process daemon = farm.host(2).mountInForeground();
    FarmHosts.Member web1 = farm.host(0);
    FarmHosts.Member web3 = farm.host(2);
    // Beside the mount: in it nothing can be written once its daemon is dead.
    Path beats = farm.directory().resolve("web3.beats");
    Path begun = farm.directory().resolve("web3.begun");

    FutureTask<FarmHosts.Result> waiting =
        new FutureTask<>(() -> web1.on("call", "differ", "--wait"));
    new Thread(waiting).start();
    Eventually.passes(() -> assertThat(beats).isNotEmptyFile());
    farm.killAlone(daemon);

    // Who waits is told the worst of the three results.
    FarmHosts.Result settled = waiting.get().exits(12);
    assertThat(settled.out())
        .contains("web1         ok after ", "web2         failed after ", ": exit code 3")
        .contains("web3         unknown", "the host was gone before it told the end")
        .contains("differ: 1 failed, 1 ok, 1 unknown");
    long last = Files.size(beats);
    web3.mount();
    assertThat(web1.on("call", "note", "--wait").exits(0).out()).contains("note: 3 ok");
    assertThat(beats).hasSize(last);
    assertThat(begun).hasContent("begun");
    assertThat(web1.on("calls", settled.out().substring(5, 13)).exits(0).out())
        .contains("web3         unknown");
  }

  @Test
  void aHostThatDoesNotBeginInTimeHasExpiredAndNeverBegins() throws Exception {
    farm.host(0).mount();
    farm.host(1).mount();
    Process daemon = farm.host(2).mountInForeground();
    FarmHosts.signal(daemon, "STOP");

    FarmHosts.Result late = farm.host(0).on("call", "note", "--timeout", "2s", "--wait").exits(11);
    assertThat(late.out())
        .contains("web3         expired: the host did not begin in time", "note: 1 expired, 2 ok");
    FarmHosts.signal(daemon, "CONT");
    // What is called afterwards runs there: the first is over, not late.
    farm.host(0).on("call", "drop", "--wait").exits(0);
    assertThat(farm.host(2).path("noted")).doesNotExist();
    assertThat(farm.host(0).on("calls", late.out().substring(5, 13)).out())
        .contains("web3         expired");
  }

  @Test
  void rulesAreReloadedOnAllHostsAndTheOldOnesStayWhereTheNewOnesAreRefused() throws Exception {
    farm.mount();
    FarmHosts.Member web1 = farm.host(0);
    Path rules = farm.directory().resolve("site.rules");
    Files.createDirectories(web1.path("pages"));
    Files.writeString(web1.path("pages/before"), "more than ten bytes");

    Files.writeString(rules, "propagated /pages/ max-size=10\npropagated /pages/big/\n");
    assertThat(web1.on("call", "rules", "--wait").exits(0).out()).contains("rules: 3 ok");
    for (FarmHosts.Member host : farm.hosts()) {
      Eventually.passes(() -> assertThat(host.path("pages/before")).exists());
      assertThatThrownBy(() -> Files.writeString(host.path("pages/now"), "more than ten bytes"))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("File too large");
    }
    Files.createDirectories(web1.path("pages/big"));
    Files.writeString(web1.path("pages/big/page"), "more than ten bytes");
    FarmHosts.Member web3 = farm.host(2);
    Eventually.passes(
        () ->
            assertThat(Files.readString(web3.path("pages/big/page")))
                .isEqualTo("more than ten bytes"));

    Files.writeString(rules, "propagated /pages/\nlocal /pages/ maximum=10\n");
    assertThat(web1.on("call", "rules", "--wait").exits(10).out())
        .contains("web2         failed after ", "the old rules stay: ", "site.rules:2:15: unknown")
        .contains("rules: 3 failed");
    Files.writeString(rules, "propagated /pages/\nlocal /pages/cache/\n");
    assertThat(web1.trifold("reload", web1.root().toString()).exits(1).err())
        .contains("the old rules stay", "site.rules:2: what is bound to propagated now would be")
        .contains("bound to local, such as /pages/cache/");
    Files.writeString(rules, "propagated /pages/ on-apply=no-such-call\n");
    assertThat(web1.trifold("reload", web1.root().toString()).exits(1).err())
        .contains("site.rules:1: ", "no-such-call");
    assertThatThrownBy(() -> Files.writeString(web1.path("pages/now"), "more than ten bytes"))
        .hasMessageContaining("File too large");

    Files.writeString(rules, RULES);
    assertThat(web1.trifold("reload", web1.root().toString()).exits(0).out())
        .contains("2 rules are in force");
    Files.writeString(web1.path("pages/now"), "more than ten bytes");
  }

  @Test
  void aVerificationOfAllHostsTellsWhichOneDiffersFromTheLog() throws Exception {
    FarmHosts.Member web2 = farm.host(1);
    Path below = web2.path("pages");
    Files.createDirectories(below);
    try (DirectoryStream<Path> held = Files.newDirectoryStream(below)) {
      farm.mount();
      FarmHosts.Member web1 = farm.host(0);
      Files.createDirectories(web1.path("pages"));
      Files.writeString(web1.path("pages/a"), "as it was");
      String good = web1.on("call", "compare", "--wait").exits(0).out();
      assertThat(good).contains("compare: 3 ok");
      String detail = web1.on("calls", good.substring(5, 13)).exits(0).out();
      assertThat(
              detail
                  .lines()
                  .filter(line -> line.contains(" at position "))
                  .map(String::strip)
                  .distinct())
          .as(detail)
          .hasSize(1);

      // Deleted where no daemon sees it.
      ((SecureDirectoryStream<Path>) held).deleteFile(Path.of("a"));
      FarmHosts.Result bad = web1.on("call", "compare", "--wait").exits(10);
      assertThat(bad.out())
          .contains(
              "web2         failed",
              "1 paths differ from the log at position ",
              "missing: pages/a",
              "compare: 1 failed, 2 ok");
    }
  }

  @Test
  void theKernelAsksAnewForWhatWasChangedBelowTheMountOnceItsCachesAreDropped() throws Exception {
    FarmHosts.Member web1 = farm.host(0);
    Path below = web1.root();
    Files.writeString(web1.path("page"), "old");
    try (DirectoryStream<Path> held = Files.newDirectoryStream(below)) {
      web1.mount();
      // Open, so that the kernel does not forget it by itself, or with the whole machine's names.
      // By
      // its path Java asks for the time of creation, too, which the kernel does not keep.
      try (FileChannel open = FileChannel.open(web1.path("page"))) {
        assertThat(open.size()).isEqualTo(3);
        try (SeekableByteChannel changed =
            ((SecureDirectoryStream<Path>) held)
                .newByteChannel(
                    Path.of("page"),
                    Set.of(StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING))) {
          changed.write(ByteBuffer.wrap("the new".getBytes(StandardCharsets.UTF_8)));
        }
        assertThat(open.size()).isEqualTo(3);

        web1.on("call", "drop", "--wait").exits(0);
        assertThat(open.size()).isEqualTo(7);
        assertThat(web1.path("page")).hasContent("the new");
      }
    }
  }

  @Test
  void aCallRunsAsItsUserAndItsControlFileIsForItsOwner() throws Exception {
    assumeTrue(ME.equals("root"), "needs other users to be");
    FarmHosts.Member web1 = farm.host(0);
    web1.configure(
        "[calls.who]",
        "command = [\"/bin/sh\", \"-c\", \"id -u; id -G; id -u >>$0\", \""
            + Files.createDirectory(farm.directory().resolve("open"))
            + "/ran\"]",
        "user = \"nobody\"",
        "owner = \"nobody\"",
        "mode = \"0220\"");
    // The directory of the test is its user's alone.
    Commands.succeed(List.of("chmod", "a+rx", farm.directory().toString()));
    Commands.succeed(List.of("chmod", "a+rwx", farm.directory() + "/open"));
    web1.mount();
    String uid = Commands.succeed(List.of("id", "-u", "nobody"));
    String gid = Commands.succeed(List.of("id", "-g", "nobody"));
    String groups = Commands.succeed(List.of("id", "-G", "nobody"));

    String told = web1.on("call", "who", "--wait").exits(0).out();
    assertThat(web1.on("calls", told.substring(5, 13)).exits(0).out())
        .endsWith("    " + uid + "\n    " + groups + "\n");

    Path control = web1.path(".trifold/call/who");
    Path ran = farm.directory().resolve("open/ran");
    assertThat(write(web1, control, "1", "1").err()).contains(": Permission denied\n");
    write(web1, control, uid, gid).exits(0);
    Eventually.passes(() -> assertThat(ran).hasContent(uid + "\n" + uid));
    // The mode lets the group write, too.
    write(web1, control, "1", gid).exits(0);
    Eventually.passes(() -> assertThat(ran).hasContent(uid + "\n" + uid + "\n" + uid));
  }

  private static FarmHosts.Result write(FarmHosts.Member host, Path file, String uid, String gid)
      throws Exception {
    return host.run(
        List.of(
            "setpriv",
            "--reuid=" + uid,
            "--regid=" + gid,
            "--clear-groups",
            "/bin/sh",
            "-c",
            "echo now >\"$0\"",
            file.toString()));
  }

  @Test
  void whatTakesTooLongIsKilledWithItsChildren() throws Exception {
    farm.mount();

    FarmHosts.Result late = farm.host(0).on("call", "too-slow", "--wait").exits(10);

    assertThat(late.out()).contains("it took longer than 1s", "    begun", "too-slow: 3 failed");
    for (FarmHosts.Member host : farm.hosts()) {
      assertThat(sleepers("sleep 987654", host.root())).isZero();
    }
  }

  @Test
  void aPullKeepsWhatStoodInItsWayAndEachHostClearsItsCachesOnce() throws Exception {
    Path upstream = Files.createDirectory(farm.directory().resolve("upstream"));
    git(upstream, "init", "-q", "-b", "main");
    Files.writeString(upstream.resolve("index.php"), "1");
    commit(upstream);
    for (FarmHosts.Member host : farm.hosts()) {
      git(host.root(), "clone", "-q", upstream.toString(), "site");
    }
    farm.mount();
    FarmHosts.Member web1 = farm.host(0);
    FarmHosts.Member web2 = farm.host(1);
    Files.writeString(upstream.resolve("index.php"), "2");
    Files.createDirectory(upstream.resolve("plugins"));
    Files.writeString(upstream.resolve("plugins/new.php"), "git's");
    commit(upstream);
    Files.createDirectory(web2.path("site/plugins"));
    Files.writeString(web2.path("site/plugins/new.php"), "this host's");
    Files.writeString(web2.path("site/plugins/other.php"), "not in the way");
    Files.writeString(farm.host(2).path("site/index.php"), "changed here");
    for (FarmHosts.Member host : farm.hosts()) {
      Files.createDirectory(host.path("cache"));
      Files.writeString(host.path("cache/page"), "old");
    }

    String told = web1.on("call", "deploy", "--wait").exits(0).out();

    assertThat(told).contains("deploy: 3 ok");
    String output = web1.on("calls", told.substring(5, 13)).exits(0).out();
    assertThat(output.lines().filter(line -> line.contains("kept in "))).hasSize(2);
    assertThat(output.lines().filter(line -> line.contains("== clear"))).hasSize(3);
    for (FarmHosts.Member host : farm.hosts()) {
      assertThat(host.path("site/index.php")).hasContent("2");
      assertThat(host.path("site/plugins/new.php")).hasContent("git's");
      assertThat(host.path("cache")).isEmptyDirectory();
      assertThat(host.path("cleared")).hasContent(host.name());
    }
    assertThat(web2.path("site/plugins/other.php")).hasContent("not in the way");
    assertThat(kept(web2, "plugins/new.php")).hasContent("this host's");
    assertThat(kept(farm.host(2), "index.php")).hasContent("changed here");
    assertThat(web1.path("site/.git/trifold-kept")).doesNotExist();

    // What the others delete for the third time, and their calls, come back to nobody.
    web1.on("call", "note", "--wait").exits(0);
    for (FarmHosts.Member host : farm.hosts()) {
      assertThat(host.path("cleared")).hasContent(host.name());
    }
    assertThat(web1.on("calls").exits(0).out()).doesNotContain(" clear ");
  }

  private static Path kept(FarmHosts.Member host, String path) throws IOException {
    try (Stream<Path> times = Files.list(host.path("site/.git/trifold-kept"))) {
      return times.findFirst().orElseThrow().resolve(path);
    }
  }

  private static void commit(Path tree) throws Exception {
    git(tree, "add", "-A");
    git(tree, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "a step");
  }

  private static void git(Path where, String... words) throws Exception {
    List<String> command = new ArrayList<>(List.of("git", "-C", where.toString()));
    command.addAll(List.of(words));
    Commands.succeed(command);
  }

  /** How many processes of this command work in the directory. */
  private static long sleepers(String command, Path root) {
    return ProcessHandle.allProcesses()
        .filter(process -> process.info().commandLine().orElse("").endsWith(command))
        .filter(process -> worksIn(process, root))
        .count();
  }

  private static boolean worksIn(ProcessHandle process, Path root) {
    try {
      return Files.readSymbolicLink(Path.of("/proc/" + process.pid() + "/cwd")).equals(root);
    } catch (IOException e) {
      return false;
    }
  }
}
