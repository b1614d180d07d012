package io.trifold.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code trifold tasks}. */
@Command(
    name = "tasks",
    description = "Lists the schedule's tasks: when each is due, and how its last run went.",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    subcommands = {
      TasksCommand.Show.class,
      TasksCommand.Run.class,
      TasksCommand.Enable.class,
      TasksCommand.Disable.class,
      TasksLimitCommand.class
    })
final class TasksCommand implements Callable<Integer> {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT)
          .withZone(ZoneId.systemDefault());

  @Mixin private MountChoice mount;

  @Override
  public Integer call() throws Exception {
    return mount.control().call("tasks", Map.of(), TasksCommand::print);
  }

  private static void print(JsonNode task) {
    System.out.printf(
        Locale.ROOT,
        "%-24s %-16s %-10s %s%n",
        task.path("task").asText(),
        task.path("cron").asText(),
        task.path("primary").asBoolean() ? "primary" : "every-host",
        due(task));
    task.path("runs").forEach(run -> System.out.println(line(run)));
  }

  private static String due(JsonNode task) {
    if (task.path("disabled").asBoolean()) {
      return "disabled";
    }
    if (task.path("limited").asBoolean()) {
      return "not in the limit";
    }
    return task.has("next") ? "next " + time(task.path("next")) : "never due";
  }

  private static String time(JsonNode instant) {
    return TIME.format(Instant.parse(instant.asText()));
  }

  private static String line(JsonNode run) {
    StringBuilder line =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                "  %-12s due %s  %s",
                run.path("host").asText(),
                time(run.path("due")),
                run.path("state").asText()));
    if (run.path("attempt").asInt() > 1) {
      line.append(", attempt ").append(run.path("attempt").asInt());
    }
    if (run.has("ended")) {
      Duration took =
          Duration.between(
              Instant.parse(run.path("started").asText()),
              Instant.parse(run.path("ended").asText()));
      line.append(String.format(Locale.ROOT, " after %.1f s", took.toMillis() / 1000.0));
    } else {
      line.append(" since ").append(time(run.path("started")));
    }
    if (!run.path("reason").asText().isEmpty()) {
      line.append(": ").append(CallsCommand.shown(run.path("reason").asText()));
    }
    return line.toString();
  }

  private static void printWithOutput(JsonNode run) {
    System.out.println(line(run));
    CallsCommand.printOutput(run);
  }

  /** {@code trifold tasks show}. */
  @Command(
      name = "show",
      description = "Shows a task's last runs, and what they printed.",
      mixinStandardHelpOptions = true)
  static final class Show implements Callable<Integer> {
    @Mixin private MountChoice mount;

    @Parameters(paramLabel = "TASK", description = "Its name.")
    private String name;

    @Override
    public Integer call() throws Exception {
      return mount.control().call("task-runs", Map.of("name", name), TasksCommand::printWithOutput);
    }
  }

  /** {@code trifold tasks run}. */
  @Command(
      name = "run",
      description = "Runs a task now, on this host, and waits for its end; 10 if it failed.",
      mixinStandardHelpOptions = true)
  static final class Run implements Callable<Integer> {
    @Mixin private MountChoice mount;

    @Parameters(paramLabel = "TASK", description = "Its name.")
    private String name;

    @Option(
        names = "--force",
        description =
            "Also where it is disabled, not in the limit or running, or this host is not the"
                + " primary.")
    private boolean force;

    @Override
    public Integer call() throws Exception {
      return mount
          .control()
          .call("task-run", Map.of("name", name, "force", force), TasksCommand::printWithOutput);
    }
  }

  /** {@code trifold tasks enable}. */
  @Command(
      name = "enable",
      description = "Has a task run again, on the whole farm.",
      mixinStandardHelpOptions = true)
  static final class Enable implements Callable<Integer> {
    @Mixin private MountChoice mount;

    @Parameters(paramLabel = "TASK", description = "Its name.")
    private String name;

    @Override
    public Integer call() throws Exception {
      return mount
          .control()
          .call("task-switch", Map.of("name", name, "enable", true), nothing -> {});
    }
  }

  /** {@code trifold tasks disable}. */
  @Command(
      name = "disable",
      description = "Has a task not run any more, on the whole farm.",
      mixinStandardHelpOptions = true)
  static final class Disable implements Callable<Integer> {
    @Mixin private MountChoice mount;

    @Parameters(paramLabel = "TASK", description = "Its name.")
    private String name;

    @Override
    public Integer call() throws Exception {
      return mount
          .control()
          .call("task-switch", Map.of("name", name, "enable", false), nothing -> {});
    }
  }
}
