package io.trifold.farm;

import io.trifold.queue.QueueException;
import io.trifold.queue.TaskBoard;
import io.trifold.queue.TaskRun;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the farm every few seconds what the tasks that run here have printed so far. Thread-safe.
 */
final class TaskProgress implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TaskProgress.class);
  private static final Duration PAUSE = Duration.ofSeconds(2);

  private final TaskBoard board;
  private final Map<TaskRun.Key, Leash> running = new ConcurrentHashMap<>();

  /** What was told last; of the one thread. */
  private final Map<TaskRun.Key, String> told = new HashMap<>();

  private final Recurring telling;

  TaskProgress(TaskBoard board) {
    this.board = board;
    this.telling = new Recurring("trifold-progress", PAUSE, this::tell);
  }

  void begun(TaskRun.Key run, Leash leash) {
    running.put(run, leash);
  }

  void ended(TaskRun.Key run) {
    running.remove(run);
  }

  private void tell() {
    told.keySet().retainAll(running.keySet());
    running.forEach(
        (run, leash) -> {
          String output = leash.output();
          if (!output.equals(told.getOrDefault(run, ""))) {
            try {
              board.progress(run, output);
              told.put(run, output);
            } catch (QueueException e) {
              log.debug("how far task {} is cannot be told now", run.task(), e);
            }
          }
        });
  }

  @Override
  public void close() {
    telling.close();
  }
}
