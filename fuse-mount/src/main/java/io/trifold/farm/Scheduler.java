package io.trifold.farm;

import io.trifold.queue.QueueException;
import io.trifold.queue.TaskBoard;
import io.trifold.queue.TaskRun;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs what is due on this host. That a run takes place once is decided by the database, when it
 * begins; here is decided what to try.
 */
final class Scheduler implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Scheduler.class);
  private static final Duration KEEP = Duration.ofDays(90);
  private static final Duration RETRY_FOR = Duration.ofDays(1);
  private static final int MOST_ATTEMPTS = 3;
  private static final long LAST_WORDS_SECONDS = 10;
  private static final Duration PAUSE = Duration.ofSeconds(2);

  private final FarmHost host;
  private final UUID session;
  private final TaskBoard board;
  private final Primary primary;
  private final TaskSource source;
  private final InstantSource clock;

  /** Those without an order; as many at once as are due. */
  private final ExecutorService any =
      Executors.newCachedThreadPool(DaemonThreads.named("trifold-task"));

  /** Those with one. */
  private final ExecutorService inOrder =
      new ThreadPoolExecutor(
          0,
          1,
          10,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(),
          DaemonThreads.named("trifold-task-order"));

  private final TaskProgress progress;

  /** Runs that wait for their thread, or run. */
  private final Set<TaskRun.Key> active = ConcurrentHashMap.newKeySet();

  /** Held while a run of the task is under way, where those may not overlap. */
  private final Map<String, ReentrantLock> turns = new ConcurrentHashMap<>();

  private volatile TaskSource.Tasks tasks = TaskSource.Tasks.NONE;
  private volatile String lastError = "";

  Scheduler(
      FarmHost host,
      UUID session,
      TaskBoard board,
      Primary primary,
      TaskSource source,
      InstantSource clock) {
    this.host = host;
    this.session = session;
    this.board = board;
    this.primary = primary;
    this.source = source;
    this.clock = clock;
    this.progress = new TaskProgress(board);
  }

  /** The tasks as they are declared now; as before, where they cannot be read. */
  TaskSource.Tasks tasks() {
    try {
      tasks = source.read();
      lastError = "";
    } catch (TaskSource.UnreadableException e) {
      if (!e.getMessage().equals(lastError)) {
        log.error("{}", e.getMessage());
      }
      lastError = e.getMessage();
    }
    return tasks;
  }

  /** Why the tasks are not as they are declared; empty if they are. */
  String lastError() {
    return lastError;
  }

  /**
   * Begins what is due on this host. Does not wait for its end.
   *
   * @param only the names of those that count; empty for all
   */
  synchronized void tick(Set<String> only) throws QueueException {
    TaskSource.Tasks current = tasks();
    Optional<Long> term = primary.term();
    settle();
    if (current.tasks().isEmpty()) {
      return;
    }
    Set<String> disabled = board.disabled();
    Set<String> limit = board.limit();
    List<TaskDeclaration> ours =
        current.tasks().stream()
            .filter(task -> only.isEmpty() || only.contains(task.name()))
            .filter(task -> limit.isEmpty() || limit.contains(task.name()))
            .filter(task -> !disabled.contains(task.name()))
            .filter(task -> !isPrimarys(task) || term.isPresent())
            .sorted(
                Comparator.<TaskDeclaration>comparingInt(
                        task -> task.order().orElse(Integer.MAX_VALUE))
                    .thenComparing(TaskDeclaration::name))
            .toList();
    Map<String, List<TaskRun>> again = unknown(term.isPresent());
    Map<String, Instant> lastHere = board.lastDue(host.name());
    Map<String, Instant> lastOfFarm = board.lastDue("");
    DueTimes times = new DueTimes(current.zone());
    Instant now = clock.instant();
    for (TaskDeclaration task : ours) {
      if (task.retry()) {
        again.getOrDefault(task.name(), List.of()).forEach(run -> retry(task, run));
      }
      Map<String, Instant> last = isPrimarys(task) ? lastOfFarm : lastHere;
      begin(
          task,
          times
              .of(task.cron(), task.catchUp(), Optional.ofNullable(last.get(task.name())), now)
              .stream()
              .map(due -> new TaskRun.Key(task.name(), scope(task), due, 1))
              .toList());
    }
  }

  /** Finds which runs will never end. */
  void settle() throws QueueException {
    board.settle(runner(primary.term().orElse(0L)), KEEP);
  }

  private static boolean isPrimarys(TaskDeclaration task) {
    return task.where() == TaskDeclaration.Where.PRIMARY;
  }

  private String scope(TaskDeclaration task) {
    return isPrimarys(task) ? "" : host.name();
  }

  private TaskRun.Runner runner(long term) {
    return new TaskRun.Runner(host.name(), session, term);
  }

  private Map<String, List<TaskRun>> unknown(boolean alsoPrimarys) throws QueueException {
    Instant since = clock.instant().minus(RETRY_FOR);
    List<TaskRun> runs = new ArrayList<>(board.unknown(host.name(), since));
    if (alsoPrimarys) {
      runs.addAll(board.unknown("", since));
    }
    Map<String, List<TaskRun>> byTask = new HashMap<>();
    for (TaskRun run : runs) {
      byTask.computeIfAbsent(run.key().task(), name -> new ArrayList<>()).add(run);
    }
    return byTask;
  }

  private void retry(TaskDeclaration task, TaskRun run) {
    TaskRun.Key key = run.key();
    if (key.scope().equals(scope(task)) && key.attempt() < MOST_ATTEMPTS) {
      TaskRun.Key next = new TaskRun.Key(key.task(), key.scope(), key.due(), key.attempt() + 1);
      if (active.add(next)) {
        execute(task, List.of(next));
      }
    }
  }

  /** Those that are due at once, as one makes up for a downtime, are none another's overlap. */
  private void begin(TaskDeclaration task, List<TaskRun.Key> due) {
    boolean overlaps = active.stream().anyMatch(other -> other.task().equals(task.name()));
    List<TaskRun.Key> fresh = due.stream().filter(active::add).toList();
    if (overlaps && task.overlap() == TaskDeclaration.Overlap.SKIP) {
      fresh.forEach(key -> skip(task, key));
    } else if (!fresh.isEmpty()) {
      execute(task, fresh);
    }
  }

  private void skip(TaskDeclaration task, TaskRun.Key key) {
    try {
      board.skip(key, runner(primary.term().orElse(0L)), "the run before it had not ended");
    } catch (QueueException e) {
      log.warn("task {}: {}", task.name(), e.getMessage());
    } finally {
      active.remove(key);
    }
  }

  /** One after another. */
  private void execute(TaskDeclaration task, List<TaskRun.Key> keys) {
    try {
      (task.order().isPresent() ? inOrder : any)
          .execute(() -> keys.forEach(key -> takeTurn(task, key)));
    } catch (RejectedExecutionException e) {
      log.debug("closing", e);
      keys.forEach(active::remove);
    }
  }

  @SuppressWarnings("CatchingUnchecked") // One run's failure is not the others'.
  private void takeTurn(TaskDeclaration task, TaskRun.Key key) {
    try {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      if (task.overlap() == TaskDeclaration.Overlap.ALLOW) {
        run(task, key, false);
      } else {
        // Fair: in the order in which they were due.
        ReentrantLock turn = turns.computeIfAbsent(task.name(), name -> new ReentrantLock(true));
        turn.lockInterruptibly();
        try {
          run(task, key, false);
        } finally {
          turn.unlock();
        }
      }
    } catch (InterruptedException e) {
      log.debug("closing", e);
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      log.error("task {} failed", task.name(), e);
    } finally {
      active.remove(key);
    }
  }

  /**
   * Runs a task at once, and waits for its end.
   *
   * @param forced also where it is not the primary, or disabled, or running
   * @throws RefusedException if it is not to
   */
  TaskRun runNow(String name, boolean forced)
      throws RefusedException, QueueException, InterruptedException {
    TaskDeclaration task =
        tasks().tasks().stream()
            .filter(t -> t.name().equals(name))
            .findFirst()
            .orElseThrow(
                () -> new RefusedException("no task \"" + name + "\": trifold tasks lists them"));
    if (!forced) {
      if (board.disabled().contains(name)) {
        throw new RefusedException("task " + name + " is disabled: trifold tasks enable " + name);
      }
      Set<String> limit = board.limit();
      if (!limit.isEmpty() && !limit.contains(name)) {
        throw new RefusedException(
            "the schedule is limited to "
                + String.join(", ", new TreeSet<>(limit))
                + ": trifold tasks limit --off, or use --force");
      }
      if (isPrimarys(task) && primary.term().isEmpty()) {
        throw new RefusedException(
            "task "
                + name
                + " is for the primary, which is "
                + primary.holder().map(h -> h.host()).orElse("nobody")
                + ": run it there, or here with --force");
      }
      if (active.stream().anyMatch(run -> run.task().equals(name))) {
        throw new RefusedException("task " + name + " is running: wait, or use --force");
      }
    }
    boolean asPrimary = isPrimarys(task) && primary.term().isPresent();
    TaskRun.Key key =
        new TaskRun.Key(
            name,
            asPrimary ? "" : host.name(),
            clock.instant().truncatedTo(ChronoUnit.MILLIS),
            TaskRun.Key.ASKED);
    active.add(key);
    try {
      run(task, key, !asPrimary);
    } finally {
      active.remove(key);
    }
    return board.runs(name, 20).stream()
        .filter(run -> run.key().equals(key))
        .findFirst()
        .orElseThrow(
            () ->
                new RefusedException(
                    "task " + name + " was not begun: this host is no longer the primary"));
  }

  /** It is not to run. The message is one line for a user. */
  static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
      super(message);
    }
  }

  /**
   * @param freely whether it needs no primary, though it is the primary's
   */
  private void run(TaskDeclaration task, TaskRun.Key key, boolean freely)
      throws InterruptedException {
    long term = 0;
    if (isPrimarys(task) && !freely) {
      Optional<Long> now = primary.term();
      if (now.isEmpty()) {
        return;
      }
      term = now.get();
    }
    try {
      if (!board.begin(key, runner(term))) {
        return;
      }
    } catch (QueueException e) {
      log.warn("task {} is not begun: {}", task.name(), e.getMessage());
      return;
    }
    log.info("task {} begins, due {}", task.name(), key.due());
    Leash.End end;
    boolean lost = false;
    try {
      end = runProgram(task, key, term);
      lost = term > 0 && !end.isGood() && !primary.term().equals(Optional.of(term));
    } catch (IOException e) {
      end = new Leash.End(Optional.empty(), "", String.valueOf(e.getMessage()));
    }
    tell(key, end, lost);
  }

  private Leash.End runProgram(TaskDeclaration task, TaskRun.Key key, long term)
      throws IOException, InterruptedException {
    Program program =
        new Program(
            task.command(),
            task.user(),
            host.root().resolve(task.directory()).normalize(),
            task.limit(),
            Map.of(
                "TRIFOLD_HOST", host.name(),
                "TRIFOLD_ROOT", host.root().toString(),
                "TRIFOLD_TASK", task.name(),
                "TRIFOLD_DUE", key.due().toString(),
                "TRIFOLD_TERM", Long.toString(term)),
            "",
            Program.Output.TAIL);
    boolean asPrimary = term > 0;
    Leash leash = Leash.start(program, asPrimary ? Primary.PATIENCE : task.limit().plusSeconds(10));
    if (asPrimary) {
      primary.attach(leash, term);
    }
    progress.begun(key, leash);
    try {
      return leash.await();
    } finally {
      progress.ended(key);
      if (asPrimary) {
        primary.detach(leash);
      }
    }
  }

  /** Until the farm has it, or this host ends: then others find the run unknown. */
  private void tell(TaskRun.Key key, Leash.End end, boolean lost) throws InterruptedException {
    boolean interrupted = Thread.interrupted();
    Verdict reason = Verdict.of(end, lost);
    log.info("task {} is {} {}", key.task(), reason.state().word(), reason.text());
    while (true) {
      try {
        board.end(key, reason.state(), end.exitCode(), end.output(), reason.text());
        break;
      } catch (QueueException.Unreachable e) {
        if (interrupted) {
          break;
        }
        Thread.sleep(PAUSE.toMillis());
      } catch (QueueException e) {
        log.error("the end of task {} cannot be told: {}", key.task(), e.getMessage());
        break;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** In which state a run ended, and why in words. */
  private record Verdict(TaskRun.State state, String text) {
    static Verdict of(Leash.End end, boolean lost) {
      if (lost) {
        return new Verdict(TaskRun.State.UNKNOWN, "killed: this host was no longer the primary");
      }
      if (end.isGood()) {
        return new Verdict(TaskRun.State.OK, "");
      }
      return new Verdict(TaskRun.State.FAILED, CallActions.result(end).reason());
    }
  }

  @Override
  public void close() {
    any.shutdownNow();
    inOrder.shutdownNow();
    try {
      if (!any.awaitTermination(LAST_WORDS_SECONDS, TimeUnit.SECONDS)
          || !inOrder.awaitTermination(LAST_WORDS_SECONDS, TimeUnit.SECONDS)) {
        log.warn("a task does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    progress.close();
  }
}
