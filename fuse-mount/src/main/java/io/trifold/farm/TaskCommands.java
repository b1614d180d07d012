package io.trifold.farm;

import com.fasterxml.jackson.databind.JsonNode;
import io.trifold.control.ControlCommand.Answers;
import io.trifold.control.ControlException;
import io.trifold.control.ControlServer;
import io.trifold.queue.QueueException;
import io.trifold.queue.TaskBoard;
import io.trifold.queue.TaskRun;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The commands about the schedule, as the daemon answers them. */
final class TaskCommands {
  private static final long BEAT_MILLIS = 1_000;
  private static final int SHOWN = 20;

  private final FarmHost host;
  private final TaskBoard board;
  private final Scheduler scheduler;
  private final Primary primary;

  TaskCommands(FarmHost host, TaskBoard board, Scheduler scheduler, Primary primary) {
    this.host = host;
    this.board = board;
    this.scheduler = scheduler;
    this.primary = primary;
  }

  void register(ControlServer control) {
    control.register("cron", this::cron);
    control.register("tasks", this::tasks);
    control.register("task-runs", this::runs);
    control.register("task-run", this::run);
    control.register("task-switch", this::change);
    control.register("task-limit", this::limit);
    control.register("primary", this::primary);
  }

  private int cron(JsonNode asked, Answers answers) throws ControlException, QueueException {
    Set<String> only = new HashSet<>();
    asked.path("only").forEach(name -> only.add(name.asText()));
    for (String name : only) {
      requireTask(name);
    }
    scheduler.tick(only);
    if (!scheduler.lastError().isEmpty()) {
      throw new ControlException(scheduler.lastError());
    }
    return 0;
  }

  private TaskDeclaration requireTask(String name) throws ControlException {
    return scheduler.tasks().tasks().stream()
        .filter(task -> task.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new ControlException(
                    scheduler.lastError().isEmpty()
                        ? "no task \"" + name + "\": trifold tasks lists them"
                        : scheduler.lastError()));
  }

  private int tasks(JsonNode asked, Answers answers)
      throws ControlException, QueueException, IOException {
    TaskSource.Tasks tasks = scheduler.tasks();
    Set<String> disabled = board.disabled();
    Set<String> limit = board.limit();
    Map<String, List<TaskRun>> last = new HashMap<>();
    scheduler.settle();
    for (TaskRun run : board.last()) {
      last.computeIfAbsent(run.key().task(), name -> new ArrayList<>()).add(run);
    }
    DueTimes times = new DueTimes(tasks.zone());
    for (TaskDeclaration task : tasks.tasks()) {
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("task", task.name());
      line.put("cron", task.cron().asString());
      line.put("primary", task.where() == TaskDeclaration.Where.PRIMARY);
      line.put("disabled", disabled.contains(task.name()));
      line.put("limited", !limit.isEmpty() && !limit.contains(task.name()));
      times.next(task.cron(), Instant.now()).ifPresent(next -> line.put("next", next.toString()));
      line.put(
          "runs",
          last.getOrDefault(task.name(), List.of()).stream().map(TaskCommands::shown).toList());
      answers.give(line);
    }
    if (!scheduler.lastError().isEmpty()) {
      throw new ControlException(scheduler.lastError());
    }
    return 0;
  }

  private int runs(JsonNode asked, Answers answers)
      throws ControlException, QueueException, IOException {
    TaskDeclaration task = requireTask(asked.path("name").asText());
    scheduler.settle();
    for (TaskRun run : board.runs(task.name(), SHOWN)) {
      answers.give(shown(run));
    }
    return 0;
  }

  private int run(JsonNode asked, Answers answers)
      throws ControlException, QueueException, IOException, InterruptedException {
    try {
      TaskRun run = scheduler.runNow(asked.path("name").asText(), asked.path("force").asBoolean());
      answers.give(shown(run));
      return run.state() == TaskRun.State.OK ? 0 : 10;
    } catch (Scheduler.RefusedException e) {
      throw new ControlException(e.getMessage());
    }
  }

  private int change(JsonNode asked, Answers answers) throws ControlException, QueueException {
    String name = requireTask(asked.path("name").asText()).name();
    if (asked.path("enable").asBoolean()) {
      board.enable(name);
    } else {
      board.disable(name, host.name());
    }
    return 0;
  }

  /** Asked for tasks, or to lift it, sets the limit; tells what it is then. */
  private int limit(JsonNode asked, Answers answers)
      throws ControlException, QueueException, IOException {
    Set<String> names = new TreeSet<>();
    for (JsonNode name : asked.path("tasks")) {
      names.add(requireTask(name.asText()).name());
    }
    if (asked.path("off").asBoolean() || !names.isEmpty()) {
      board.limit(names, host.name());
    }
    answers.give(Map.of("tasks", new TreeSet<>(board.limit())));
    return 0;
  }

  /**
   * Tells who is the primary; asked to follow, tells every moment whether this host still is, until
   * it is not.
   */
  private int primary(JsonNode asked, Answers answers) throws IOException, InterruptedException {
    Optional<Long> term = primary.term();
    Map<String, Object> first = new LinkedHashMap<>();
    first.put("here", term.isPresent());
    first.put("host", host.name());
    first.put("root", host.root().toString());
    first.put("term", term.orElse(0L));
    primary
        .holder()
        .ifPresent(
            holder -> {
              first.put("holder", holder.host());
              first.put("holder-term", holder.term());
              first.put("holder-live", holder.live());
            });
    answers.give(first);
    while (asked.path("follow").asBoolean() && term.isPresent()) {
      Thread.sleep(BEAT_MILLIS);
      if (!primary.term().equals(term)) {
        return 0;
      }
      answers.give(Map.of("still", true));
    }
    return 0;
  }

  private static Map<String, Object> shown(TaskRun run) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("host", run.host());
    line.put("due", run.key().due().toString());
    line.put("attempt", run.key().attempt());
    line.put("state", run.state().word());
    line.put("started", run.started().toString());
    run.ended().ifPresent(ended -> line.put("ended", ended.toString()));
    run.exitCode().ifPresent(code -> line.put("exit", code));
    line.put("reason", run.reason());
    line.put("output", run.output());
    return line;
  }
}
