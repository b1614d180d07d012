package io.trifold.replica;

import io.trifold.queue.Draft;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** What is captured together, from the marks that were taken to the drafts. Of one thread. */
final class Batch {
  Batch(int limit) {
    this.limit = limit;
  }

  final Plan plan = new Plan();

  /** The marks that it does away with, by path. */
  final Map<String, Mark> marks = new LinkedHashMap<>();

  /** Paths that are captured along with others, marked or not. */
  final Set<String> along = new LinkedHashSet<>();

  /** What the journal is told when it is done with. */
  final JournalUpdate settled = new JournalUpdate();

  /** Who asked for it, if it does not come from the disk. */
  Optional<Requests.Request> request = Optional.empty();

  /** The change set that it is, if it is one. */
  Optional<UUID> changeSet = Optional.empty();

  /** How many changes are planned before the rest is left to the next batch. */
  int limit;

  List<Plan.Item> items = List.of();
  List<Draft> drafts = List.of();

  /** Whether it does not come from the disk. */
  boolean isOffered() {
    return request.filter(asked -> !asked.ofDisk()).isPresent();
  }

  /** How much content it carries. */
  long bytes;
}
