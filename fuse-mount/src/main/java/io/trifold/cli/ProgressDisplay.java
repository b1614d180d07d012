package io.trifold.cli;

import io.trifold.daemon.MountException;
import io.trifold.daemon.UnmountedHost;
import io.trifold.queue.QueueException;
import io.trifold.replica.JoinProgress;
import io.trifold.replica.ReplicaStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * Shows on standard error how work gets on: a bar on a terminal, else a line now and then. Of one
 * thread.
 */
final class ProgressDisplay implements AutoCloseable {
  private static final long LINE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final String task;
  private final ProgressBar bar;
  private long saidNanos = System.nanoTime();

  ProgressDisplay(String task, String unit) {
    this.task = task;
    bar =
        !isTerminal()
            ? null
            : new ProgressBarBuilder()
                .setTaskName(task)
                .setUnit(unit, 1)
                .setInitialMax(-1)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(200)
                .build();
  }

  /** Whether standard error is one; of the console, Java tells only about all three streams. */
  private static boolean isTerminal() {
    try {
      String stream = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
      return stream.startsWith("/dev/pts/") || stream.startsWith("/dev/tty");
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * What came of it.
   *
   * @param joined how the join ended; none if there was none to do
   */
  record Outcome(ReplicaStatus status, Optional<JoinProgress> joined) {}

  /** Has a host come in step, and shows how it gets on. */
  static Outcome comeInStep(UnmountedHost host, String task)
      throws MountException, QueueException, InterruptedException {
    try (Stages stages = new Stages(task)) {
      ReplicaStatus status = host.comeInStep(stages::joining, stages::sending);
      return new Outcome(status, stages.joined);
    }
  }

  /** First what the log has is compared, then what it lacks is sent. */
  private static final class Stages implements AutoCloseable {
    private ProgressDisplay display;
    private Optional<JoinProgress> joined = Optional.empty();
    private boolean sending;
    private long most;

    Stages(String task) {
      display = new ProgressDisplay(task, " paths");
    }

    void joining(JoinProgress progress) {
      joined = Optional.of(progress);
      display.show(progress.compared(), progress.paths(), progress.describe());
    }

    void sending(ReplicaStatus status) {
      if (!sending) {
        sending = true;
        display.close();
        display = new ProgressDisplay("Registering", " paths");
      }
      most = Math.max(most, status.pending());
      display.show(
          most - status.pending(), most, "%,d paths to be registered".formatted(status.pending()));
    }

    @Override
    public void close() {
      display.close();
    }
  }

  void show(long done, long all, String line) {
    if (bar != null) {
      bar.maxHint(all > 0 ? Math.max(all, done) : -1);
      bar.stepTo(done);
    } else if (System.nanoTime() - saidNanos > LINE_NANOS) {
      saidNanos = System.nanoTime();
      System.err.println("trifold: " + task + ": " + line);
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
