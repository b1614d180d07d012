package io.trifold.queue;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Which task ran when, in the whole farm. Each method is one short transaction. */
public interface TaskBoard {
  /**
   * The latest due time of each task in a scope that there is a run of; not of one that was asked
   * for.
   */
  Map<String, Instant> lastDue(String scope) throws QueueException;

  /**
   * Says that a run begins.
   *
   * @return whether it may: false if there is that run already, or the term is over
   */
  boolean begin(TaskRun.Key run, TaskRun.Runner runner) throws QueueException;

  /** Says that a run does not take place; nothing happens if there is that run already. */
  void skip(TaskRun.Key run, TaskRun.Runner runner, String reason) throws QueueException;

  /** Tells what a run that has not ended has printed so far. */
  void progress(TaskRun.Key run, String output) throws QueueException;

  /** Says how a run ended; nothing happens if it is known already. */
  void end(
      TaskRun.Key run,
      TaskRun.State state,
      Optional<Integer> exitCode,
      String output,
      String reason)
      throws QueueException;

  /**
   * Makes unknown what nobody runs any more: of this host's earlier processes, of earlier terms, of
   * hosts that are gone. Forgets runs that are old, but for the last of each task.
   */
  void settle(TaskRun.Runner self, Duration keep) throws QueueException;

  /** The last attempts whose end is not known, of due times since then. */
  List<TaskRun> unknown(String scope, Instant since) throws QueueException;

  /** The last run of each task and scope. */
  List<TaskRun> last() throws QueueException;

  /** The last runs of a task, the newest first. */
  List<TaskRun> runs(String task, int limit) throws QueueException;

  /** The tasks that are not to run. */
  Set<String> disabled() throws QueueException;

  void disable(String task, String by) throws QueueException;

  void enable(String task) throws QueueException;

  /** The only tasks that are to run by themselves; empty for all. */
  Set<String> limit() throws QueueException;

  /** Has no others run by themselves; all again if these are none. */
  void limit(Set<String> tasks, String by) throws QueueException;
}
