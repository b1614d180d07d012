package io.trifold.farm;

import io.trifold.queue.CallResult;
import io.trifold.queue.CallState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the calls that rules name for what was applied, on this host alone: every host does so by
 * itself. The call's data are the paths, a line each. Where a call fails, its paths are kept, and
 * it is run for them again: with the next ones, and after a while in any case. Thread-safe.
 */
final class AfterFiles implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AfterFiles.class);

  /** How long after a failure a call is run again, at most. */
  static final Duration AGAIN = Duration.ofSeconds(10);

  /** More of one call are not kept: then somebody has to look. */
  private static final int MOST_OWED = 100_000;

  private final CallActions actions;
  private final Map<String, CallDeclaration> declared;
  private final Recurring again;

  /** Held while a call runs, which may take long. */
  private final Lock running = new ReentrantLock();

  /** By call, the paths that it has failed for. Guarded by {@link #running}. */
  private final Map<String, Set<String>> owed = new TreeMap<>();

  /** By call, what went wrong last. */
  private final Map<String, String> errors = new ConcurrentSkipListMap<>();

  /**
   * @param pause between two times that calls are run for what they failed for
   */
  AfterFiles(CallActions actions, Map<String, CallDeclaration> declared, Duration pause) {
    this.actions = actions;
    this.declared = declared;
    this.again =
        new Recurring(
            "trifold-on-apply", pause, () -> errors.keySet().forEach(name -> run(name, List.of())));
  }

  /** Why a rule cannot name this call, in words for a user; none if it can. */
  Optional<String> objection(String name) {
    CallDeclaration call = declared.get(name);
    if (call == null) {
      return Optional.of("on-apply=" + name + ": the settings have no [calls." + name + "]");
    }
    if (!call.arguments().isEmpty() || call.data().isEmpty()) {
      return Optional.of(
          "on-apply=" + name + ": the call must take data, which are the paths, and no arguments");
    }
    return Optional.empty();
  }

  /** What goes wrong; empty if nothing does. */
  String lastError() {
    return String.join("; ", errors.values());
  }

  /**
   * Runs them, and waits: what was applied counts as applied after that, also if they fail.
   *
   * @param callOf the name of the call for a path; empty for none
   */
  void applied(List<String> paths, Function<String, String> callOf) {
    Map<String, List<String>> byCall = new LinkedHashMap<>();
    for (String path : paths) {
      String call = callOf.apply(path);
      if (!call.isEmpty()) {
        byCall.computeIfAbsent(call, name -> new ArrayList<>()).add(path);
      }
    }
    byCall.forEach(this::run);
  }

  private void run(String name, Collection<String> fresh) {
    running.lock();
    try {
      runFor(name, fresh);
    } finally {
      running.unlock();
    }
  }

  private void runFor(String name, Collection<String> fresh) {
    Set<String> paths = new LinkedHashSet<>(owed.getOrDefault(name, Set.of()));
    for (String path : fresh) {
      if (path.indexOf('\n') < 0) {
        paths.add(path);
      } else {
        log.error("{} cannot be told of a path with a line end in it: {}", name, path);
      }
    }
    if (paths.isEmpty()) {
      return;
    }
    Optional<String> trouble = trouble(name, String.join("\n", paths) + "\n");
    if (trouble.isEmpty()) {
      owed.remove(name);
      errors.remove(name);
      return;
    }
    String kept = "; it is run again for " + paths.size() + " paths";
    if (paths.size() > MOST_OWED) {
      paths = Set.of();
      kept = "; too many paths wait for it: they are given up, clear all that it clears";
    }
    owed.put(name, paths);
    errors.put(name, name + ": " + trouble.get() + kept);
  }

  /** What went wrong, if something did. */
  private Optional<String> trouble(String name, String data) {
    CallDeclaration call = declared.get(name);
    Optional<String> objection = call.objection(Map.of(), data);
    if (objection.isPresent()) {
      log.error("{} is not run for what was applied: {}", name, objection.get());
      return objection;
    }
    try {
      CallResult result = actions.run(call, Map.of(), data, Instant.now());
      if (result.state() == CallState.OK) {
        return Optional.empty();
      }
      log.error("{} after files were applied: {}: {}", name, result.reason(), result.output());
      return Optional.of(result.reason());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.of("interrupted");
    }
  }

  @Override
  public void close() {
    again.close();
  }
}
