package io.trifold.farm;

import io.trifold.control.ControlServer;
import io.trifold.queue.Operations;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/** What one mount does in its farm beside its files. */
public final class FarmOperations implements AutoCloseable {
  private final Operations queue;
  private final CallRunner runner;
  private final CallDesk desk;
  private final DeletionSender deletions;
  private final AfterFiles afterFiles;
  private final Primary primary;
  private final Scheduler scheduler;
  private final TaskCommands taskCommands;
  private final Optional<Ticker> ticker;

  private FarmOperations(
      FarmHost host, String mode, FarmSettings settings, Operations queue, CallLedger ledger) {
    this.queue = queue;
    Map<String, CallDeclaration> all = new HashMap<>(settings.calls());
    all.put(
        DeletionSender.CALL,
        CallDeclaration.builtIn(DeletionSender.CALL, CallAction.Operation.DELETE));
    CallActions actions = new CallActions(host, all);
    runner = new CallRunner(host, queue.calls(), ledger, all, actions);
    deletions = new DeletionSender(host, queue.calls());
    afterFiles = new AfterFiles(actions, settings.calls(), AfterFiles.AGAIN);
    desk = new CallDesk(host, queue.calls(), settings.calls(), runner::wake);
    UUID session = UUID.randomUUID();
    primary = new Primary(host.name(), session, Primary.Part.ofMode(mode), queue.primary());
    scheduler =
        new Scheduler(
            host,
            session,
            queue.tasks(),
            primary,
            settings.tasks().orElse(() -> TaskSource.Tasks.NONE),
            InstantSource.system());
    taskCommands = new TaskCommands(host, queue.tasks(), scheduler, primary);
    ticker = settings.ticks() ? Optional.of(new Ticker(scheduler)) : Optional.empty();
  }

  /**
   * Prepares; nothing runs yet.
   *
   * @param mode primary, replica or auto
   * @param queue closed with this, and if this cannot be opened
   * @param state the mount's own directory, closed to others
   */
  public static FarmOperations open(
      FarmHost host, String mode, FarmSettings settings, Operations queue, Path state)
      throws IOException {
    try {
      CallLedger ledger = CallLedger.open(state.resolve("calls.jsonl"), Instant.now());
      return new FarmOperations(host, mode, settings, queue, ledger);
    } catch (IOException | RuntimeException e) {
      queue.close();
      throw e;
    }
  }

  /** Runs from now on what the farm asks for, and answers commands. */
  public void start(ControlServer control) {
    new CallCommands(desk).register(control);
    taskCommands.register(control);
    runner.start();
    deletions.start();
    primary.start();
    ticker.ifPresent(Ticker::start);
  }

  /** There may be something new. Quick; of any thread. */
  public void wake() {
    runner.wake();
  }

  /** Where calls are handed in. */
  public CallDesk calls() {
    return desk;
  }

  /** Why a rule cannot have {@code on-apply} with this call; none if it can. */
  public Optional<String> objectionToOnApply(String call) {
    return afterFiles.objection(call);
  }

  /**
   * Runs the calls that rules name for what was applied, and waits for their ends.
   *
   * @param callOf the name of the call for a path; empty for none
   */
  public void applied(List<String> paths, Function<String, String> callOf) {
    afterFiles.applied(paths, callOf);
  }

  /** Something was deleted here that is to be deleted everywhere. Quick; of any thread. */
  public void removed(String path, boolean directory) {
    deletions.removed(path, directory);
  }

  /** Lines for the status. */
  public Map<String, String> status() {
    Map<String, String> lines = new LinkedHashMap<>();
    lines.put("primary", primary.describe());
    if (!scheduler.lastError().isEmpty()) {
      lines.put("tasks", scheduler.lastError());
    }
    if (!runner.lastError().isEmpty()) {
      lines.put("calls", runner.lastError());
    }
    if (!deletions.lastError().isEmpty()) {
      lines.put("deletions", deletions.lastError());
    }
    if (!afterFiles.lastError().isEmpty()) {
      lines.put("on-apply", afterFiles.lastError());
    }
    return lines;
  }

  @Override
  public void close() {
    ticker.ifPresent(Ticker::close);
    // What runs by the primary's lease is ended before the lease is given back.
    scheduler.close();
    primary.close();
    deletions.close();
    afterFiles.close();
    runner.close();
    queue.close();
  }
}
