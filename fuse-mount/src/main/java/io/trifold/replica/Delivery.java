package io.trifold.replica;

import io.trifold.queue.Change;
import io.trifold.queue.Draft;
import io.trifold.queue.FarmLog;
import io.trifold.queue.Outcome;
import io.trifold.queue.Provenance;
import io.trifold.queue.QueueException;
import io.trifold.queue.Terms;
import io.trifold.queue.Verdict;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings batches to the log: sends the chunks that it lacks, appends, and tells journal and marks.
 * What was offered and not answered is offered again, the same, before anything else. Of capture's
 * thread, but for {@link #isUnderWay}.
 */
final class Delivery {
  private static final Logger LOG = LoggerFactory.getLogger(Delivery.class);

  private final Journal journal;
  private final DirtySet dirty;
  private final Tally tally;
  private final Authors authors;
  private final Examiner examiner;
  private final RuleTerms terms;
  private final Verdicts verdicts;
  private final ChunkUpload upload;

  private volatile Optional<Batch> offered = Optional.empty();

  /**
   * What was given up last, when content was missing. If it had been offered before without an
   * answer, that request may still be on its way, and arrive when the content is there again.
   */
  private Optional<Batch> givenUp = Optional.empty();

  private OptionalLong lastSequence = OptionalLong.empty();

  /**
   * @param examiner is told of files that have changed since it planned them
   */
  Delivery(
      Disk disk,
      RuleTerms terms,
      Journal journal,
      DirtySet dirty,
      Tally tally,
      InstantSource clock,
      Authors authors,
      Examiner examiner) {
    this.journal = journal;
    this.dirty = dirty;
    this.tally = tally;
    this.authors = authors;
    this.examiner = examiner;
    this.terms = terms;
    this.verdicts = new Verdicts(journal, clock);
    this.upload = new ChunkUpload(disk);
  }

  /** Whether drafts wait for their answer. Any thread may ask. */
  boolean isUnderWay() {
    return offered.isPresent();
  }

  /** Offers again what was not answered; false if there is nothing. */
  boolean again(FarmLog log) throws QueueException {
    Optional<Batch> batch = offered;
    if (batch.isPresent()) {
      append(log, batch.get());
    }
    return batch.isPresent();
  }

  /** Sends the chunks that the content store lacks. A file that changed since drops out. */
  void upload(FarmLog log, Batch batch) throws QueueException {
    List<ChunkUpload.Chunked> files = new ArrayList<>();
    for (Plan.Item item : batch.plan.ordered()) {
      if (item.change() instanceof Change.PutFile put
          && put.content() instanceof Change.Content.Chunked chunked
          && !batch.sent.containsKey(put.path())) {
        files.add(new ChunkUpload.Chunked(put.path(), chunked.chunks()));
      }
    }
    for (String path : upload.send(log, files)) {
      LOG.debug("{} changed while it was sent", path);
      examiner.changed(path, batch);
    }
  }

  /** Makes the drafts of what is planned. */
  void draft(FarmLog log, Batch batch) throws QueueException {
    List<Plan.Item> items = batch.items;
    if (items.isEmpty()) {
      return;
    }
    long sequence = lastSequence(log);
    List<Draft> drafts = new ArrayList<>(items.size());
    for (Plan.Item item : items) {
      boolean asked = batch.isOffered();
      Optional<Provenance.Part> part =
          batch.changeSet.map(set -> new Provenance.Part(set, drafts.size(), items.size()));
      Terms byRule = terms.of(item.change(), kind(item));
      drafts.add(
          new Draft(
              UUID.randomUUID(),
              ++sequence,
              item.base(),
              item.change(),
              asked ? RuleTerms.onlyIfUnchanged(byRule) : byRule,
              new Provenance(
                  !asked, asked ? batch.request.get().author() : authors.of(item.path()), part),
              item.restored()));
    }
    journal.noteSent(sequence);
    batch.drafts = drafts;
  }

  private Kind kind(Plan.Item item) {
    Kind after = State.after(item.change()).kind();
    return after != Kind.ABSENT
        ? after
        : journal.entry(item.path()).map(entry -> entry.state().kind()).orElse(Kind.FILE);
  }

  private long lastSequence(FarmLog log) throws QueueException {
    if (lastSequence.isEmpty()) {
      lastSequence = OptionalLong.of(log.lastProducerSequence());
    }
    return lastSequence.getAsLong();
  }

  /** Has the drafts appended; if there are none, the batch is done with. */
  void offer(FarmLog log, Batch batch) throws QueueException {
    if (batch.drafts.isEmpty()) {
      settle(batch);
      batch.request.ifPresent(request -> request.answer(List.of(), List.of()));
    } else {
      offered = Optional.of(batch);
      append(log, batch);
    }
  }

  private void append(FarmLog log, Batch batch) throws QueueException {
    List<Outcome> outcomes;
    try {
      outcomes = log.append(batch.drafts);
    } catch (QueueException.MissingChunks e) {
      // Nothing was appended; the chunks were collected as garbage between upload and append.
      offered = Optional.empty();
      givenUp = Optional.of(batch);
      batch.request.ifPresent(request -> request.fail(e));
      abandon(batch);
      return;
    } catch (QueueException.Refused e) {
      if (!hasTakenGivenUp(log)) {
        batch.request.ifPresent(request -> request.fail(e));
        throw e;
      }
      offered = Optional.empty();
      String reason = "an earlier change of this host has reached the log meanwhile; try again";
      batch.request.ifPresent(request -> request.fail(new QueueException.Unreachable(reason, e)));
      abandon(batch);
      return;
    } catch (QueueException.Corrupt e) {
      batch.request.ifPresent(request -> request.fail(e));
      throw e;
    }
    givenUp = Optional.empty();
    lastSequence = OptionalLong.of(lastSequence.getAsLong() + outcomes.size());
    for (int i = 0; i < outcomes.size(); i++) {
      if (!batch.isOffered()) {
        verdicts.record(batch.items.get(i), outcomes.get(i), batch.settled);
      }
    }
    long end = outcomes.get(outcomes.size() - 1).position();
    tally.head(end);
    tally.own(end);
    settle(batch);
    offered = Optional.empty();
    batch.request.ifPresent(request -> request.answer(batch.items, outcomes));
  }

  /**
   * Whether the log has what was given up, under the numbers that were used again since. It is
   * noted then, so that nothing is made of it a second time; what was done to its paths since is
   * captured.
   */
  private boolean hasTakenGivenUp(FarmLog log) throws QueueException {
    if (givenUp.isEmpty()) {
      return false;
    }
    Batch batch = givenUp.get();
    List<Outcome> outcomes;
    try {
      outcomes = log.append(batch.drafts);
    } catch (QueueException.Refused | QueueException.MissingChunks e) {
      LOG.debug("the log does not have what was given up either", e);
      return false;
    }
    givenUp = Optional.empty();
    lastSequence = OptionalLong.empty();
    JournalUpdate update = new JournalUpdate();
    for (int i = 0; i < outcomes.size() && !batch.isOffered(); i++) {
      Plan.Item item = batch.items.get(i);
      if (outcomes.get(i).verdict() == Verdict.STANDS) {
        update.indexIfNewer(
            new IndexEntry(
                item.path(),
                outcomes.get(i).position(),
                State.after(item.change()),
                Optional.empty()));
      }
      dirty.mark(item.path(), false, false);
    }
    journal.commit(update);
    return true;
  }

  private void settle(Batch batch) {
    batch.marks.values().forEach(batch.settled::captured);
    dirty.recording().lock();
    try {
      journal.commit(batch.settled);
      batch.marks.keySet().forEach(dirty::done);
      batch.along.forEach(dirty::done);
    } finally {
      dirty.recording().unlock();
    }
    for (String path : batch.marks.keySet()) {
      if (!dirty.isDirty(path)) {
        authors.forget(path);
      }
    }
  }

  /** Gives a batch up: all of it is to be captured again. */
  void abandon(Batch batch) {
    batch.marks.values().forEach(mark -> dirty.putBack(mark, Instant.MIN));
    batch.along.forEach(
        path -> {
          dirty.done(path);
          dirty.mark(path, false, false);
        });
  }

  /** What is under way is of a log that is no more; it is given up. */
  Optional<Batch> forget() {
    Optional<Batch> forgotten = offered;
    forgotten.ifPresent(this::abandon);
    offered = Optional.empty();
    givenUp = Optional.empty();
    lastSequence = OptionalLong.empty();
    return forgotten;
  }
}
