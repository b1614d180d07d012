package io.trifold.replica;

import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The change sets that are being made on this host, and which processes make them: those that have
 * the set's mark in their environment, which every child inherits, and those below the process that
 * began it. Thread-safe.
 */
final class OpenChangeSets {
  /** What a process of a set has in its environment; the value is the set's id. */
  static final String MARK = "TRIFOLD_CHANGESET";

  private static final int GENERATIONS = 64;

  private final Processes processes;
  private final Map<UUID, Integer> roots = new ConcurrentHashMap<>();

  /** Asked on every change, and a process does not change its set. */
  private final Map<Integer, Known> known = new ConcurrentHashMap<>();

  private record Known(long started, Optional<UUID> set) {}

  OpenChangeSets(Processes processes) {
    this.processes = processes;
  }

  /**
   * Begins one.
   *
   * @param root the process whose children make it
   */
  void begin(UUID id, int root) {
    roots.put(id, root);
    known.clear();
  }

  /** What its processes do from now on is no part of it; false if it was over already. */
  boolean end(UUID id) {
    boolean ended = roots.remove(id) != null;
    known.clear();
    return ended;
  }

  boolean isOpen(UUID id) {
    return roots.containsKey(id);
  }

  /** The set that what a process does is part of. Costs nothing while none is open. */
  Optional<UUID> of(int pid) {
    if (roots.isEmpty() || pid <= 0) {
      return Optional.empty();
    }
    Optional<Processes.Running> process = processes.find(pid);
    if (process.isEmpty()) {
      return Optional.empty();
    }
    long started = process.get().started();
    Known before = known.get(pid);
    if (before == null || before.started != started) {
      before = new Known(started, find(pid));
      known.put(pid, before);
    }
    return before.set.filter(roots::containsKey);
  }

  private Optional<UUID> find(int pid) {
    String marked = processes.environment(pid, MARK).orElse("");
    for (UUID id : roots.keySet()) {
      if (id.toString().equals(marked)) {
        return Optional.of(id);
      }
    }
    Optional<Processes.Running> process = processes.find(pid);
    for (int i = 0; i < GENERATIONS && process.isPresent(); i++) {
      int parent = process.get().parent();
      for (Map.Entry<UUID, Integer> root : roots.entrySet()) {
        if (root.getValue() == parent) {
          return Optional.of(root.getKey());
        }
      }
      process = parent <= 1 ? Optional.empty() : processes.find(parent);
    }
    return Optional.empty();
  }
}
