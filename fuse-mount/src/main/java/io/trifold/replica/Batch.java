package io.trifold.replica;

import io.trifold.queue.Draft;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What is captured together, from the marks that were taken to the drafts. Of one thread. */
final class Batch {
  final Plan plan = new Plan();

  /** The marks that it does away with, by path. */
  final Map<String, Mark> marks = new LinkedHashMap<>();

  /** Paths that are captured along with others, marked or not. */
  final Set<String> along = new LinkedHashSet<>();

  /** What the journal is told when it is done with. */
  final JournalUpdate settled = new JournalUpdate();

  /** Who asked for it, if it does not come from the disk. */
  Optional<Requests.Request> request = Optional.empty();

  List<Plan.Item> items = List.of();
  List<Draft> drafts = List.of();

  /** How much content it carries. */
  long bytes;
}
