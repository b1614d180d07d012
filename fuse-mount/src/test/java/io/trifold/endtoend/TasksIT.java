package io.trifold.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The schedule's commands on two hosts, and the system's Cron. */
class TasksIT {
  private static final String TASK =
      """
      [tasks.%1$s]
      cron = "%2$s"
      on = "every-host"
      command = ["/bin/sh", "-c", "echo $TRIFOLD_DUE >>%1$s"]
      user = "%3$s"
      """;

  @TempDir Path directory;

  private FarmHosts farm;
  private Path tasks;

  @BeforeEach
  void layOut() throws Exception {
    Requirements.mounts();
    Requirements.programs("setpriv", "setsid");
    tasks = directory.toRealPath().resolve("tasks.toml");
    farm =
        FarmHosts.in(directory, "local *\n", List.of("web1", "web2"), "tasks = \"" + tasks + "\"");
    declare("* * * * *");
  }

  @AfterEach
  void takeAway() throws Exception {
    if (farm != null) {
      farm.stop();
    }
  }

  private void declare(String cronOfReport) throws Exception {
    String me = System.getProperty("user.name");
    Files.writeString(
        tasks,
        TASK.formatted("clean", "* * * * *", me) + TASK.formatted("report", cronOfReport, me));
  }

  private static FarmHosts.Result tasks(FarmHosts.Member host, String... words) throws Exception {
    List<String> command = new ArrayList<>(List.of("tasks"));
    command.addAll(List.of(words));
    command.addAll(List.of("--root", host.root().toString()));
    return host.trifold(command.toArray(String[]::new));
  }

  @Test
  void aLimitIsTheWholeFarmsAndCronTellsOfAFileThatIsWrong() throws Exception {
    farm.mount();
    FarmHosts.Member web1 = farm.host(0);
    FarmHosts.Member web2 = farm.host(1);
    assertThat(tasks(web1, "limit").exits(0).out()).isEqualTo("the schedule is not limited\n");
    assertThat(tasks(web1, "limit", "raport").exits(1).err()).contains("no task \"raport\"");
    assertThat(tasks(web1, "limit", "--off", "report").exits(2).err()).contains("--off");

    assertThat(tasks(web2, "limit", "report").exits(0).out())
        .isEqualTo("the schedule is limited to report\n");

    web1.on("cron").exits(0);
    Eventually.passes(() -> assertThat(web1.path("report")).isNotEmptyFile());
    assertThat(web1.path("clean")).doesNotExist();
    assertThat(tasks(web1).exits(0).out())
        .containsPattern("clean .* not in the limit\n")
        .containsPattern("report .* next ");
    assertThat(tasks(web1, "run", "clean").exits(1).err())
        .contains("the schedule is limited to report");

    assertThat(tasks(web1, "limit", "--off").exits(0).out()).contains("not limited");
    web2.on("cron", "--limit", "clean").exits(0);
    Eventually.passes(() -> assertThat(web2.path("clean")).isNotEmptyFile());
    assertThat(web2.path("report")).doesNotExist();

    declare("61 * * * *");
    FarmHosts.Result wrong = web1.on("cron").exits(1);
    assertThat(wrong.err())
        .contains("tasks.toml", "\"61 * * * *\" is no time of cron")
        .hasLineCount(1);
  }

  @Test
  void whatIsDisabledRunsAgainOnceItIsEnabled() throws Exception {
    farm.mount();
    FarmHosts.Member web1 = farm.host(0);
    FarmHosts.Member web2 = farm.host(1);
    tasks(web1, "disable", "clean").exits(0);

    web2.on("cron").exits(0);
    Eventually.passes(() -> assertThat(web2.path("report")).isNotEmptyFile());
    assertThat(web2.path("clean")).doesNotExist();
    assertThat(tasks(web2).exits(0).out()).containsPattern("clean .* disabled\n");

    tasks(web2, "enable", "clean").exits(0);
    assertThat(tasks(web1).exits(0).out()).containsPattern("clean .* next ");
    web1.on("cron").exits(0);
    Eventually.passes(() -> assertThat(web1.path("clean")).isNotEmptyFile());
    assertThat(tasks(web1, "run", "clean").exits(0).out()).contains("ok after ");
  }

  /** The longest test here: the next minute comes when it comes. */
  @Test
  void theDaemonLooksAtTheClockWhereThatIsSetAndShowsHowEachTaskEnded() throws Exception {
    FarmHosts.Member web1 = farm.host(0);
    FarmHosts.Member web2 = farm.host(1);
    String me = System.getProperty("user.name");
    String user = me.equals("root") ? "nobody" : me;
    Files.writeString(
        tasks,
        """
        [tasks.bad]
        cron = "0 0 1 1 *"
        on = "every-host"
        command = ["/bin/sh", "-c", "echo the beginning; seq 10000; echo the end >&2; exit 3"]
        user = "%1$s"

        [tasks.who]
        cron = "0 0 1 1 *"
        on = "every-host"
        command = ["id", "-u"]
        user = "%1$s"
        """
            .formatted(user),
        StandardOpenOption.APPEND);
    web1.configure("tasks = \"" + tasks + "\"", "cron = \"daemon\"");
    farm.mount();
    Eventually.passes(() -> assertThat(web1.path("clean")).isNotEmptyFile());

    assertThat(tasks(web1, "run", "who").exits(0).out())
        .contains("ok after ")
        .endsWith("    " + Commands.succeed(List.of("id", "-u", user)) + "\n");
    String failed = tasks(web1, "run", "bad").exits(10).out();
    assertThat(failed)
        .contains("failed after ", ": exit code 3\n")
        .doesNotContain("the beginning")
        .endsWith("    10000\n    the end\n");
    assertThat(tasks(web2, "show", "bad").exits(0).out()).isEqualTo(failed);

    Eventually.passes(
        () ->
            assertThat(Files.readAllLines(web1.path("clean")))
                .hasSizeGreaterThan(1)
                .doesNotHaveDuplicates());
    assertThat(web2.path("clean")).doesNotExist();
  }

  @Test
  void theSystemsCronRunsTheScheduleByTheEntryThatIsInstalled() throws Exception {
    FarmHosts.Member web1 = farm.host(0);
    web1.mount();
    Path entries = Files.createDirectory(farm.directory().resolve("cron.d"));

    FarmHosts.Result result =
        web1.on("cron", "--install", "--directory", entries.toString()).exits(0);
    web1.on("cron", "--install", "--directory", entries.toString()).exits(0);

    List<Path> files;
    try (var all = Files.list(entries)) {
      files = all.toList();
    }
    assertThat(files).hasSize(1);
    Path entry = files.get(0);
    assertThat(result.out()).isEqualTo(entry + "\n");
    // What Cron takes: a name without dots, nobody else's to write, whole lines of six fields.
    assertThat(entry.getFileName().toString()).matches("trifold-[A-Za-z0-9_-]+");
    assertThat(Files.getPosixFilePermissions(entry))
        .isEqualTo(PosixFilePermissions.fromString("rw-r--r--"));
    String text = Files.readString(entry);
    assertThat(text).endsWith("\n");
    List<String> jobs = text.lines().filter(line -> !line.matches("#.*|[A-Z]+=.*")).toList();
    assertThat(jobs).hasSize(1);
    String start = "* * * * * " + System.getProperty("user.name") + " ";
    assertThat(jobs.get(0)).startsWith(start).doesNotContain("%");

    assertThat(Files.exists(web1.path("clean"))).isFalse();
    Commands.succeed(
        List.of(
            "env",
            "-i",
            "PATH=/usr/bin:/bin",
            "/bin/sh",
            "-c",
            jobs.get(0).substring(start.length())));
    Eventually.passes(() -> assertThat(web1.path("clean")).isNotEmptyFile());

    assertThat(web1.on("cron", "--install", "--directory", entries + "/none").exits(1).err())
        .contains("does not exist: install cron, or set cron = \"daemon\"")
        .hasLineCount(1);
  }

  @Test
  void onlyWhoMayWriteThereInstallsAnEntry() throws Exception {
    assumeTrue(System.getProperty("user.name").equals("root"), "needs another user to be");
    Path program = farm.directory().resolve("program");
    Files.createDirectories(program.resolve("scripts"));
    Files.createDirectories(program.resolve("fuse-mount/target"));
    Files.copy(Commands.TOP.resolve("scripts/trifold"), program.resolve("scripts/trifold"));
    Files.copy(
        Commands.TOP.resolve("fuse-mount/target/trifold.jar"),
        program.resolve("fuse-mount/target/trifold.jar"));
    Commands.succeed(List.of("chmod", "-R", "a+rX", program.toString()));
    Commands.succeed(List.of("chmod", "a+rx", farm.directory().toString()));
    Path entries = Files.createDirectory(farm.directory().resolve("cron.d"));
    // A mount in this process may have set its umask.
    Files.setPosixFilePermissions(entries, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path told = farm.directory().resolve("told");

    Process command =
        Commands.start(
            List.of(
                "setpriv",
                "--reuid=65534",
                "--regid=65534",
                "--clear-groups",
                "bash",
                program.resolve("scripts/trifold").toString(),
                "cron",
                "--install",
                "--directory",
                entries.toString()),
            told);

    assertThat(command.waitFor()).isEqualTo(1);
    assertThat(Files.readString(told))
        .isEqualTo(
            "trifold: "
                + entries
                + " is root's to write in: run this as root, or set cron = \"daemon\"\n");
    assertThat(entries).isEmptyDirectory();
  }
}
