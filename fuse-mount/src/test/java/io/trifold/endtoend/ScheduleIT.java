package io.trifold.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.queue.QueueSettings;
import io.trifold.queue.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The schedule on three hosts with real mounts, and what becomes of it when the primary fails. */
class ScheduleIT {
  private static final String ME = System.getProperty("user.name");

  @TempDir Path directory;

  private FarmHosts farm;

  @BeforeEach
  void layOut() throws Exception {
    Requirements.mounts();
    Requirements.programs("setpriv", "setsid");
    Path tasks = directory.toRealPath().resolve("tasks.toml");
    farm =
        FarmHosts.in(
            directory, "local *\n", List.of("web1", "web2", "web3"), "tasks = \"" + tasks + "\"");
    Files.writeString(
        tasks,
        """
        timezone = "UTC"

        [tasks.every]
        cron = "* * * * *"
        on = "every-host"
        command = ["/bin/sh", "-c", "echo $TRIFOLD_TERM >>every"]
        user = "%1$s"

        [tasks.once]
        cron = "* * * * *"
        command = ["/bin/sh", "-c", "echo $TRIFOLD_HOST $TRIFOLD_TERM >>%2$s/once"]
        user = "%1$s"

        [tasks.long]
        cron = "0 0 1 1 *"
        command = ["/bin/sh", "-c", "touch begun; while :; do echo $TRIFOLD_TERM >>%2$s/long; sleep 0.2; done"]
        user = "%1$s"
        """
            .formatted(ME, farm.directory()));
  }

  @AfterEach
  void takeAway() throws Exception {
    if (farm != null) {
      farm.stop();
    }
  }

  /** Looks at the schedule on all hosts, as their Crons do, until a due time has been run. */
  private void cron() throws Exception {
    cronOn(farm.hosts());
  }

  private static void cronOn(List<FarmHosts.Member> hosts) throws Exception {
    for (FarmHosts.Member host : hosts) {
      if (host.isMounted()) {
        host.on("cron").exits(0);
      }
    }
  }

  private static List<String> lines(Path file) throws IOException {
    return Files.exists(file) ? Files.readAllLines(file) : List.of();
  }

  /** When the runs of a task on a host were due. */
  private static List<String> runs(FarmHosts.Member asked, String task, FarmHosts.Member host)
      throws Exception {
    return runs(asked, task, host.name() + " ");
  }

  /** When the runs of a task were due, whoever ran it. */
  private static List<String> runs(FarmHosts.Member asked, String task) throws Exception {
    return runs(asked, task, "web");
  }

  private static List<String> runs(FarmHosts.Member asked, String task, String beginning)
      throws Exception {
    return asked
        .trifold("tasks", "show", task, "--root", asked.root().toString())
        .exits(0)
        .out()
        .lines()
        .filter(line -> line.startsWith("  " + beginning))
        .map(line -> line.replaceFirst(".* due (\\S+ \\S+) .*", "$1"))
        .toList();
  }

  private FarmHosts.Member awaitPrimary(List<FarmHosts.Member> candidates) throws Exception {
    List<FarmHosts.Member> found = new ArrayList<>();
    Eventually.passes(
        () -> {
          found.clear();
          for (FarmHosts.Member host : candidates) {
            if (status(host, "primary").startsWith("this host")) {
              found.add(host);
            }
          }
          assertThat(found).hasSize(1);
        });
    return found.get(0);
  }

  private static String status(FarmHosts.Member host, String key) throws IOException {
    return Files.readString(host.path(".trifold/status"))
        .lines()
        .filter(line -> line.startsWith(key + ":"))
        .map(line -> line.substring(key.length() + 1).strip())
        .findFirst()
        .orElse("");
  }

  @Test
  void aTaskRunsOncePerDueTimeInTheFarmOrOnEachHost() throws Exception {
    farm.mount();
    FarmHosts.Member primary = awaitPrimary(farm.hosts());

    for (int i = 0; i < 3; i++) {
      cron();
    }
    Eventually.passes(
        () -> {
          assertThat(lines(farm.directory().resolve("once"))).isNotEmpty();
          for (FarmHosts.Member host : farm.hosts()) {
            assertThat(lines(host.path("every"))).isNotEmpty();
          }
        });
    assertThat(primary.on("tasks").exits(0).out())
        .contains("once", "primary", "every-host", "next ");
    // However many minutes have passed meanwhile: three looks have run what was due once.
    Eventually.passes(
        () -> {
          List<String> dues = runs(primary, "once", primary);
          assertThat(dues).doesNotHaveDuplicates();
          assertThat(lines(farm.directory().resolve("once")))
              .hasSameSizeAs(dues)
              .allMatch(line -> line.startsWith(primary.name() + " "));
          for (FarmHosts.Member host : farm.hosts()) {
            List<String> here = runs(primary, "every", host);
            assertThat(here).doesNotHaveDuplicates();
            assertThat(lines(host.path("every"))).hasSameSizeAs(here).containsOnly("0");
          }
        });

    FarmHosts.Member other = farm.hosts().stream().filter(h -> h != primary).findFirst().get();
    assertThat(other.on("tasks", "--help").exits(0).out()).contains("disable");
    assertThat(
            other.trifold("tasks", "run", "once", "--root", other.root().toString()).exits(1).err())
        .contains("task once is for the primary, which is " + primary.name());
    assertThat(
            other
                .trifold("tasks", "run", "once", "--force", "--root", other.root().toString())
                .exits(0)
                .out())
        .contains("ok after");
    other.trifold("tasks", "disable", "once", "--root", other.root().toString()).exits(0);
    assertThat(
            primary
                .trifold("tasks", "run", "once", "--root", primary.root().toString())
                .exits(1)
                .err())
        .contains("disabled");

    FarmHosts.Result elsewhere =
        other.on("primary", "--", "sh", "-c", "echo here | tee /dev/stderr");
    assertThat(elsewhere).isEqualTo(new FarmHosts.Result(0, "", ""));
    assertThat(
            primary
                .on("primary", "--", "sh", "-c", "echo here $TRIFOLD_HOST; exit 7")
                .exits(7)
                .out())
        .isEqualTo("here " + primary.name() + "\n");
    assertThat(other.on("primary").exits(0).out()).startsWith(primary.name() + ", term 1");
  }

  @Test
  void whatAPrimaryRanThatIsKilledOrCutOffEndsBeforeTheNextOneTakesOver() throws Exception {
    Process first = farm.host(0).mountInForeground();
    awaitPrimary(List.of(farm.host(0)));
    farm.host(1).mount();
    farm.host(2).mount();

    Thread task = runLong(farm.host(0));
    Path log = farm.directory().resolve("long");
    Eventually.passes(() -> assertThat(lines(log)).isNotEmpty());
    // The daemon can neither renew the lease nor end the task.
    FarmHosts.signal(first, "STOP");
    FarmHosts.Member next = awaitPrimary(List.of(farm.host(1), farm.host(2)));
    long before = lines(log).size();
    Thread.sleep(1000);
    assertThat(lines(log)).hasSize((int) before).containsOnly("1");
    FarmHosts.signal(first, "CONT");
    task.join();
    Eventually.passes(
        () -> assertThat(status(farm.host(0), "primary")).startsWith(next.name() + ", term 2"));
    assertThat(
            next.trifold("tasks", "show", "long", "--root", next.root().toString()).exits(0).out())
        .contains("web1         due ", "unknown");

    // One that ends in order hands over at once.
    next.unmount();
    FarmHosts.Member third = awaitPrimary(farm.hosts().stream().filter(h -> h != next).toList());
    assertThat(status(third, "primary")).isEqualTo("this host, term 3");
  }

  @Test
  void whatAPrimaryRanWhoseDaemonAloneIsKilledEndsAndIsTriedAgainOnceWhereThatIsSaid()
      throws Exception {
    Process daemon = farm.host(0).mountInForeground();
    FarmHosts.Member web1 = farm.host(0);
    awaitPrimary(List.of(web1));
    List<FarmHosts.Member> others = List.of(farm.host(1), farm.host(2));
    for (FarmHosts.Member host : others) {
      host.mount();
    }
    Path again = declareEndless("again", "retry = true");
    Path never = declareEndless("never", "retry = false");
    web1.on("cron", "--limit", "again,never").exits(0);
    Eventually.passes(() -> assertThat(lines(again)).isNotEmpty());
    Eventually.passes(() -> assertThat(lines(never)).isNotEmpty());
    // A primary that is busy is no matter to what runs on every host.
    cron();
    for (FarmHosts.Member host : farm.hosts()) {
      Eventually.passes(() -> assertThat(lines(host.path("every"))).isNotEmpty());
    }

    farm.killAlone(daemon);
    FarmHosts.Member next = awaitPrimary(others);
    cronOn(others);
    Eventually.passes(() -> assertThat(lines(again)).contains("2"));
    cronOn(others);
    cronOn(others);

    // Whatever the old one wrote, it wrote before the first line of the new one.
    assertThat(lines(again)).isSorted().containsOnly("1", "2");
    assertThat(lines(never)).containsOnly("1");
    String lost = "web1 unknown: its host was gone before it had ended";
    assertThat(shown(next, "never")).containsExactly(lost);
    assertThat(shown(next, "again"))
        .satisfiesExactly(
            second -> assertThat(second).startsWith(next.name() + " running, attempt 2"),
            first -> assertThat(first).isEqualTo(lost));
  }

  /**
   * Declares one of the primary's tasks that is due just now, once a day, and ends by nothing.
   *
   * @return where it writes the term in which it runs
   */
  private Path declareEndless(String name, String more) throws IOException {
    Path output = farm.directory().resolve(name);
    LocalTime now = LocalTime.now(ZoneOffset.UTC);
    Files.writeString(
        farm.directory().resolve("tasks.toml"),
        """

        [tasks.%s]
        cron = "%d %d * * *"
        command = ["/bin/sh", "-c", "while :; do echo $TRIFOLD_TERM >>%s; sleep 0.2; done"]
        user = "%s"
        %s
        """
            .formatted(name, now.getMinute(), now.getHour(), output, ME, more),
        StandardOpenOption.APPEND);
    return output;
  }

  /** The runs of a task, without their times. */
  private static List<String> shown(FarmHosts.Member asked, String task) throws Exception {
    return asked
        .trifold("tasks", "show", task, "--root", asked.root().toString())
        .exits(0)
        .out()
        .lines()
        .filter(line -> line.startsWith("  web"))
        .map(
            line ->
                line.strip()
                    .replaceFirst(" +due \\S+ \\S+ +", " ")
                    .replaceFirst(" after \\S+ s", ""))
        .toList();
  }

  @Test
  void aPrimaryThatIsCutOffFromTheDatabaseStopsItsTaskBeforeTheNextOneStartsIts() throws Exception {
    try (EmbeddedPostgres database =
            EmbeddedPostgres.join(farm.directory().resolve("state").resolve("embedded"));
        LossyProxy network = new LossyProxy(port(database.settings()))) {
      FarmHosts.Member old = farm.host(0);
      for (FarmHosts.Member host : farm.hosts()) {
        reachThrough(
            host, database.settings(), host == old ? network.port() : port(database.settings()));
      }
      old.mount();
      awaitPrimary(List.of(old));
      farm.host(1).mount();
      farm.host(2).mount();
      cron();
      Thread task = runLong(old);
      Path log = farm.directory().resolve("long");
      Eventually.passes(() -> assertThat(lines(log)).isNotEmpty());

      network.refuse(true);
      // All other things work on: it is told apart from a host that is dead by nobody.
      Files.writeString(old.path("page"), "written meanwhile");
      FarmHosts.Member next = awaitPrimary(List.of(farm.host(1), farm.host(2)));
      assertThat(status(next, "primary")).isEqualTo("this host, term 2");
      Thread second = runLong(next);
      Eventually.passes(() -> assertThat(lines(log)).contains("2"));
      network.refuse(false);
      // Only now it can tell what became of its run.
      task.join();
      Eventually.passes(
          () -> assertThat(status(old, "primary")).isEqualTo(next.name() + ", term 2"));
      cron();
      Thread.sleep(1000);
      next.unmount();
      second.join();

      // Whatever the old one wrote, it wrote before the first line of the new one.
      assertThat(lines(log)).isSorted().containsOnly("1", "2");
      Eventually.passes(
          () -> {
            List<String> dues = runs(old, "once");
            assertThat(dues).doesNotHaveDuplicates();
            assertThat(lines(farm.directory().resolve("once"))).hasSameSizeAs(dues);
          });
      assertThat(
              old.trifold("tasks", "show", "long", "--root", old.root().toString()).exits(0).out())
          .contains("web1         due ", next.name() + "         due ");
    }
  }

  private void reachThrough(FarmHosts.Member host, QueueSettings database, int port)
      throws Exception {
    Path password = farm.directory().resolve("password");
    Files.writeString(password, database.password().orElseThrow());
    Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-------"));
    host.configure(
        "tasks = \"" + farm.directory().resolve("tasks.toml") + "\"",
        "queue = \""
            + database.jdbcUrl().replaceFirst("//[^/]*/", "//127.0.0.1:" + port + "/")
            + "\"",
        "queue-user = \"" + database.user().orElseThrow() + "\"",
        "queue-password-file = \"" + password + "\"");
  }

  private static int port(QueueSettings database) {
    return Integer.parseInt(database.jdbcUrl().replaceFirst(".*:(\\d+)/.*", "$1"));
  }

  @Test
  void aSecondPrimaryBySettingIsRefused() throws Exception {
    String tasks = "tasks = \"" + farm.directory().resolve("tasks.toml") + "\"";
    farm.host(0).configure(tasks, "mode = \"primary\"");
    farm.host(1).configure(tasks, "mode = \"primary\"");
    farm.host(0).mount();

    FarmHosts.Result refused =
        farm.host(1)
            .trifold("mount", "--config", farm.directory().resolve("web2.toml").toString())
            .exits(1);
    assertThat(refused.err()).contains("host \"web1\" is this farm's primary already");
  }

  @Test
  void aPrimaryBySettingIsStoodInForWhileItIsGoneAndNeverByAReplica() throws Exception {
    FarmHosts.Member set = farm.host(0);
    FarmHosts.Member auto = farm.host(1);
    FarmHosts.Member replica = farm.host(2);
    set.configure("mode = \"primary\"");
    replica.configure("mode = \"replica\"");
    replica.mount();
    Process first = set.mountInForeground();
    assertThat(awaitPrimary(List.of(set, replica))).isSameAs(set);
    auto.mount();

    Host.kill(first);
    Eventually.passes(() -> assertThat(status(auto, "primary")).isEqualTo("this host, term 2"));
    Eventually.passes(
        () -> assertThat(status(replica, "primary")).isEqualTo(auto.name() + ", term 2"));

    set.mount();
    Eventually.passes(() -> assertThat(status(set, "primary")).isEqualTo("this host, term 3"));
    Eventually.passes(() -> assertThat(status(auto, "primary")).isEqualTo(set.name() + ", term 3"));
    assertThat(replica.on("primary", "--", "echo", "here").exits(0).out()).isEmpty();
  }

  private static Thread runLong(FarmHosts.Member host) {
    Thread thread =
        new Thread(
            () -> {
              try {
                host.trifold("tasks", "run", "long", "--root", host.root().toString());
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            });
    thread.start();
    return thread;
  }
}
