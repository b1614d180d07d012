package io.trifold.replica;

import io.trifold.queue.Event;
import io.trifold.queue.Outcome;
import io.trifold.queue.Verdict;
import io.trifold.replica.Journal.Counter;
import java.time.InstantSource;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes into the journal what the log made of this host's changes. One that gave way leaves the
 * disk with something that the log does not have at the path: the index says just that, at the
 * version that the change was based on, and a record has apply bring the log's version.
 */
final class Verdicts {
  private static final Logger LOG = LoggerFactory.getLogger(Verdicts.class);

  private final Journal journal;
  private final InstantSource clock;

  Verdicts(Journal journal, InstantSource clock) {
    this.journal = journal;
    this.clock = clock;
  }

  /** The answer to a draft. */
  void record(Plan.Item item, Outcome outcome, JournalUpdate update) {
    String path = item.path();
    State after = State.after(item.change());
    if (outcome.verdict() == Verdict.STANDS) {
      update.index(new IndexEntry(path, outcome.position(), after, item.signature()));
      update.caughtUp(path, outcome.position());
    } else {
      update.index(new IndexEntry(path, item.base(), after, item.signature()));
      update.unapplied(overruled(path, outcome.yieldedTo()));
    }
    if (outcome.isConflict()) {
      update.count(Counter.CONFLICTS, 1);
      LOG.warn("conflict: {} was changed on two hosts; {}", path, describe(outcome));
    }
  }

  private static String describe(Outcome outcome) {
    return switch (outcome.verdict()) {
      case STANDS ->
          "position "
              + outcome.position()
              + " from here replaces position "
              + outcome.replaced()
              + ", which stays in the history";
      case GAVE_WAY ->
          "position "
              + outcome.yieldedTo()
              + " stands, and what was done here is in the history at position "
              + outcome.position();
      case ASIDE ->
          "position "
              + outcome.yieldedTo()
              + " stands, and what was done here is kept beside, at position "
              + outcome.position();
    };
  }

  /**
   * This host's own event is read that gave way. Unless this is known already, a crash came between
   * the log's commit and the journal's.
   */
  void meet(Event event, JournalUpdate update) {
    String path = event.offered();
    Optional<IndexEntry> known = update.entry(path).or(() -> journal.entry(path));
    Optional<Unapplied> row = update.unapplied(path).or(() -> journal.unapplied(path));
    boolean passed =
        known.map(IndexEntry::version).orElse(0L) > event.baseVersion()
            || row.filter(later -> later.position() >= event.yieldedTo()).isPresent();
    if (passed || !event.provenance().taken()) {
      return;
    }
    State lost = State.after(event.change());
    Optional<Signature> signature =
        known.filter(entry -> entry.state().equals(lost)).flatMap(IndexEntry::signature);
    update.index(new IndexEntry(path, event.baseVersion(), lost, signature));
    update.unapplied(overruled(path, event.yieldedTo()));
  }

  private Unapplied overruled(String path, long winner) {
    return new Unapplied(
        path,
        winner,
        Unapplied.Cause.OVERRULED,
        "what was done here gave way to another host's",
        clock.instant(),
        1);
  }
}
