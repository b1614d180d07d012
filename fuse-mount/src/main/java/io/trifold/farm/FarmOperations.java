package io.trifold.farm;

import io.trifold.control.ControlServer;
import io.trifold.queue.Operations;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** What one mount does in its farm beside its files. */
public final class FarmOperations implements AutoCloseable {
  private final Operations queue;
  private final CallRunner runner;
  private final CallDesk desk;
  private final Primary primary;
  private final Scheduler scheduler;
  private final TaskCommands taskCommands;
  private final Optional<Ticker> ticker;

  private FarmOperations(
      FarmHost host, String mode, FarmSettings settings, Operations queue, CallLedger ledger) {
    this.queue = queue;
    runner = new CallRunner(host, queue.calls(), ledger, settings.calls());
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
    return lines;
  }

  @Override
  public void close() {
    ticker.ifPresent(Ticker::close);
    // What runs by the primary's lease is ended before the lease is given back.
    scheduler.close();
    primary.close();
    runner.close();
    queue.close();
  }
}
