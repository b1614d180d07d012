package io.trifold.farm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trifold.farm.TaskDeclaration.CatchUp;
import io.trifold.farm.TaskDeclaration.Overlap;
import io.trifold.queue.FarmKey;
import io.trifold.queue.FarmLog;
import io.trifold.queue.Operations;
import io.trifold.queue.TaskBoard;
import io.trifold.queue.TaskRun;
import io.trifold.queue.TaskRun.State;
import io.trifold.queue.TestPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The schedule of one host, with a database and programs, by a clock that is set. */
class SchedulerIT {
  private static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");
  private static final Duration LIMIT = Duration.ofMinutes(2);

  /** Says when it begins and when it ends; ends when it is told to. */
  private static final String LONG =
      "echo begin >>$TRIFOLD_TASK; while [ ! -e go ]; do sleep 0.05; done;"
          + " echo end >>$TRIFOLD_TASK";

  @TempDir Path directory;

  private final List<TaskDeclaration> declared = new ArrayList<>();
  private Instant now = NOON;
  private TestPostgres postgres;
  private FarmLog log;
  private Operations operations;
  private TaskBoard board;
  private Scheduler scheduler;

  @BeforeEach
  void open() throws Exception {
    postgres = TestPostgres.create();
    FarmKey key = FarmKey.loadOrCreate(directory.resolve("key"));
    log = postgres.open(key, "web1");
    operations = Operations.of(postgres.settings(), () -> key, "web1");
    board = operations.tasks();
    UUID session = UUID.randomUUID();
    scheduler =
        new Scheduler(
            new UnmountedFarmHost(directory),
            session,
            board,
            new Primary("web1", session, Primary.Part.NEVER, operations.primary()),
            () -> new TaskSource.Tasks(declared, ZoneId.of("UTC")),
            () -> now);
  }

  @AfterEach
  void close() throws Exception {
    Files.writeString(directory.resolve("go"), "");
    scheduler.close();
    operations.close();
    log.close();
    postgres.close();
  }

  private static TaskDeclaration task(
      String name,
      String cron,
      String script,
      Overlap overlap,
      CatchUp catchUp,
      boolean retry,
      OptionalInt order) {
    return new TaskDeclaration(
        name,
        DueTimes.parse(cron),
        TaskDeclaration.Where.EVERY_HOST,
        List.of("/bin/sh", "-c", script),
        Optional.empty(),
        "",
        LIMIT,
        overlap,
        catchUp,
        retry,
        order);
  }

  private static TaskDeclaration minutely(String name, String script, Overlap overlap) {
    return task(name, "* * * * *", script, overlap, CatchUp.NONE, false, OptionalInt.empty());
  }

  private static TaskDeclaration hourly(String name, CatchUp catchUp) {
    String script = "echo $TRIFOLD_DUE >>$TRIFOLD_TASK";
    return task(name, "0 * * * *", script, Overlap.SKIP, catchUp, false, OptionalInt.empty());
  }

  private void tick() throws Exception {
    scheduler.tick(Set.of());
  }

  private List<String> lines(String file) throws IOException {
    Path path = directory.resolve(file);
    return Files.exists(path) ? Files.readAllLines(path) : List.of();
  }

  /** Of a task's runs, the oldest first. */
  private List<State> states(String task) throws Exception {
    List<State> states = new ArrayList<>();
    board.runs(task, 100).forEach(run -> states.add(run.state()));
    Collections.reverse(states);
    return states;
  }

  private interface Check {
    void run() throws Exception;
  }

  private static void eventually(Check check) throws Exception {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (true) {
      try {
        check.run();
        return;
      } catch (AssertionError notYet) {
        if (System.nanoTime() - end > 0) {
          throw notYet;
        }
        Thread.sleep(20);
      }
    }
  }

  @Test
  void whatIsDueWhileTheRunBeforeGoesOnIsSkippedOrWaitsOrGoesBesideIt() throws Exception {
    declared.add(minutely("skips", LONG, Overlap.SKIP));
    declared.add(minutely("waits", LONG, Overlap.WAIT));
    declared.add(minutely("allows", LONG, Overlap.ALLOW));
    tick();
    for (TaskDeclaration task : declared) {
      eventually(() -> assertThat(lines(task.name())).containsExactly("begin"));
    }

    now = NOON.plusSeconds(60);
    tick();
    tick();

    eventually(() -> assertThat(lines("allows")).containsExactly("begin", "begin"));
    assertThat(lines("waits")).containsExactly("begin");
    assertThat(states("skips")).containsExactly(State.RUNNING, State.SKIPPED);
    assertThat(board.runs("skips", 1).get(0).reason()).contains("had not ended");
    Files.writeString(directory.resolve("go"), "");
    eventually(
        () -> {
          assertThat(states("skips")).containsExactly(State.OK, State.SKIPPED);
          assertThat(states("waits")).containsExactly(State.OK, State.OK);
          assertThat(states("allows")).containsExactly(State.OK, State.OK);
        });
    assertThat(lines("skips")).containsExactly("begin", "end");
    assertThat(lines("waits")).containsExactly("begin", "end", "begin", "end");
    assertThat(lines("allows")).containsExactly("begin", "begin", "end", "end");
  }

  @Test
  void tasksWithAnOrderRunOneAfterAnotherTheLeastFirst() throws Exception {
    String script =
        "echo begin $TRIFOLD_TASK >>order; while [ ! -e free ]; do sleep 0.05; done;"
            + " echo end $TRIFOLD_TASK >>order";
    int order = 1;
    for (String name : List.of("zulu", "alpha", "mike")) {
      declared.add(
          task(
              name,
              "* * * * *",
              script,
              Overlap.SKIP,
              CatchUp.NONE,
              false,
              OptionalInt.of(order++)));
    }
    Collections.reverse(declared);
    // One that has none runs beside them: they wait for it.
    declared.add(minutely("unordered", "touch free", Overlap.SKIP));

    tick();

    eventually(
        () ->
            assertThat(lines("order"))
                .containsExactly(
                    "begin zulu",
                    "end zulu",
                    "begin alpha",
                    "end alpha",
                    "begin mike",
                    "end mike"));
  }

  @Test
  void aRunWhoseEndIsNotKnownIsTriedAgainIfTheTaskSaysSo() throws Exception {
    for (String name : List.of("again", "thrice", "once")) {
      declared.add(
          task(
              name,
              "0 * * * *",
              "echo run >>$TRIFOLD_TASK",
              Overlap.SKIP,
              CatchUp.NONE,
              !name.equals("once"),
              OptionalInt.empty()));
    }
    // As a daemon leaves them that was killed.
    TaskRun.Runner dead = new TaskRun.Runner("web1", UUID.randomUUID(), 0);
    board.begin(new TaskRun.Key("again", "web1", NOON, 1), dead);
    board.begin(new TaskRun.Key("once", "web1", NOON, 1), dead);
    for (int attempt = 1; attempt <= 3; attempt++) {
      board.begin(new TaskRun.Key("thrice", "web1", NOON, attempt), dead);
    }

    now = NOON.plusSeconds(30);
    tick();

    eventually(() -> assertThat(states("again")).containsExactly(State.UNKNOWN, State.OK));
    tick();
    assertThat(board.runs("again", 1).get(0).key().attempt()).isEqualTo(2);
    assertThat(lines("again")).hasSize(1);
    assertThat(states("once")).containsExactly(State.UNKNOWN);
    assertThat(states("thrice")).containsExactly(State.UNKNOWN, State.UNKNOWN, State.UNKNOWN);
    assertThat(lines("once")).isEmpty();
    assertThat(lines("thrice")).isEmpty();
  }

  @Test
  void whatADowntimeMissedIsMadeUpForInOrder() throws Exception {
    declared.add(hourly("none", CatchUp.NONE));
    declared.add(hourly("last", CatchUp.LAST));
    declared.add(hourly("all", CatchUp.ALL));
    tick();
    for (TaskDeclaration task : declared) {
      eventually(() -> assertThat(states(task.name())).containsExactly(State.OK));
    }

    now = Instant.parse("2026-01-31T16:20:00Z");
    tick();
    tick();

    eventually(
        () ->
            assertThat(states("all"))
                .containsExactly(State.OK, State.OK, State.OK, State.OK, State.OK));
    assertThat(lines("all"))
        .containsExactly(
            "2026-01-31T12:00:00Z",
            "2026-01-31T13:00:00Z",
            "2026-01-31T14:00:00Z",
            "2026-01-31T15:00:00Z",
            "2026-01-31T16:00:00Z");
    eventually(() -> assertThat(states("last")).containsExactly(State.OK, State.OK));
    assertThat(lines("last")).containsExactly("2026-01-31T12:00:00Z", "2026-01-31T16:00:00Z");
    assertThat(lines("none")).containsExactly("2026-01-31T12:00:00Z");
  }

  @Test
  void whatARunHasPrintedIsSeenWhileItRuns() throws Exception {
    declared.add(
        minutely("slow", "echo halfway; until test -e go; do sleep 0.05; done", Overlap.SKIP));
    tick();
    eventually(
        () -> {
          assertThat(board.runs("slow", 1))
              .extracting(TaskRun::output)
              .containsExactly("halfway\n");
          assertThat(states("slow")).containsExactly(State.RUNNING);
        });
    Files.writeString(directory.resolve("go"), "");
    eventually(() -> assertThat(states("slow")).containsExactly(State.OK));
  }

  @Test
  void aRunThatSomebodyAskedForStandsForNoDueTime() throws Exception {
    declared.add(hourly("all", CatchUp.ALL));
    tick();
    eventually(() -> assertThat(states("all")).containsExactly(State.OK));

    now = Instant.parse("2026-01-31T14:20:00Z");
    assertThat(scheduler.runNow("all", false).state()).isEqualTo(State.OK);
    tick();

    eventually(() -> assertThat(states("all")).hasSize(4).containsOnly(State.OK));
    assertThat(lines("all"))
        .containsExactly(
            "2026-01-31T12:00:00Z",
            "2026-01-31T14:20:00Z",
            "2026-01-31T13:00:00Z",
            "2026-01-31T14:00:00Z");
  }

  @Test
  void aLimitLetsNoOthersRunUntilItIsLifted() throws Exception {
    for (String name : List.of("a", "b", "c")) {
      declared.add(minutely(name, "echo $TRIFOLD_DUE >>$TRIFOLD_TASK", Overlap.SKIP));
    }
    board.limit(Set.of("a", "b"), "web2");
    board.limit(Set.of("b", "c"), "web2");
    board.disable("c", "web2");
    assertThat(board.limit()).containsExactlyInAnyOrder("b", "c");

    tick();
    eventually(() -> assertThat(states("b")).containsExactly(State.OK));
    assertThatThrownBy(() -> scheduler.runNow("a", false))
        .isInstanceOf(Scheduler.RefusedException.class)
        .hasMessageContaining("limited to b, c");
    assertThat(scheduler.runNow("a", true).state()).isEqualTo(State.OK);
    assertThat(states("c")).isEmpty();

    board.limit(Set.of(), "web2");
    assertThat(board.limit()).isEmpty();
    now = NOON.plusSeconds(60);
    tick();
    eventually(() -> assertThat(states("b")).containsExactly(State.OK, State.OK));
    eventually(() -> assertThat(states("a")).containsExactly(State.OK, State.OK));
    assertThat(states("c")).isEmpty();
  }
}
