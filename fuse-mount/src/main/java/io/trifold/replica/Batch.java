package io.trifold.replica;

import io.trifold.queue.Draft;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** What is captured together, from the marks that were taken to the drafts. Of one thread. */
final class Batch {
  final Plan plan = new Plan();

  /** The marks that it does away with, by path. */
  final Map<String, Mark> marks = new LinkedHashMap<>();

  /** Paths that are captured along with others, marked or not. */
  final Set<String> along = new LinkedHashSet<>();

  /** What the journal is told when it is done with. */
  final JournalUpdate settled = new JournalUpdate();

  /** What it finds of files with several names. */
  final Links links;

  /** What was read and sent aside, by path. */
  final Map<String, LargeFiles.Done> sent = new HashMap<>();

  /** Who asked for it, if it does not come from the disk. */
  Optional<Requests.Request> request = Optional.empty();

  /** The change set that it is, if it is one. */
  Optional<UUID> changeSet = Optional.empty();

  /** Whether the change set is a tree that was moved: what cannot go with it goes its own way. */
  boolean moved;

  /** Whether it holds more than hosts can switch to at once. */
  boolean tooMuch;

  /** How many changes are planned before the rest is left to the next batch. */
  final int limit;

  List<Plan.Item> items = List.of();
  List<Draft> drafts = List.of();

  /** How much content it carries. */
  long bytes;

  Batch(int limit, Links links) {
    this.limit = limit;
    this.links = links;
  }

  /** Whether it does not come from the disk. */
  boolean isOffered() {
    return request.filter(asked -> !asked.ofDisk()).isPresent();
  }
}
