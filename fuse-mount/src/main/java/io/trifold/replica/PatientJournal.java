package io.trifold.replica;

import io.trifold.queue.Digest;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A journal that waits for space when its disk is full: who commits stands still meanwhile, and
 * nothing is lost. Thread-safe.
 */
final class PatientJournal implements Journal {
  private static final Logger LOG = LoggerFactory.getLogger(PatientJournal.class);
  private static final long PAUSE_MILLIS = 500;

  private final Journal journal;
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile String trouble = "";

  PatientJournal(Journal journal) {
    this.journal = journal;
  }

  /** Why a commit waits; empty if none does. */
  String trouble() {
    return trouble;
  }

  /** Waits no more: what cannot be committed fails. */
  void end() {
    ended.countDown();
  }

  @Override
  public List<IndexEntry> placing() {
    return journal.placing();
  }

  @Override
  public void notePlacing(Collection<IndexEntry> entries) {
    patiently(() -> journal.notePlacing(entries));
  }

  @Override
  public OptionalLong sent() {
    return journal.sent();
  }

  @Override
  public void noteSent(long sequence) {
    patiently(() -> journal.noteSent(sequence));
  }

  @Override
  public void commit(JournalUpdate update) {
    patiently(() -> journal.commit(update));
  }

  private void patiently(Runnable write) {
    while (true) {
      try {
        write.run();
        if (!trouble.isEmpty()) {
          trouble = "";
          LOG.info("the journal can be written again");
        }
        return;
      } catch (JournalException e) {
        if (!e.isFull() || isOver()) {
          throw e;
        }
        if (trouble.isEmpty()) {
          trouble = e.getMessage();
          LOG.error("propagation waits for space: {}", trouble);
        }
      }
    }
  }

  private boolean isOver() {
    try {
      return ended.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  @Override
  public UUID incarnation() {
    return journal.incarnation();
  }

  @Override
  public Optional<UUID> farm() {
    return journal.farm();
  }

  @Override
  public long newest() {
    return journal.newest();
  }

  @Override
  public Standing standing() {
    return journal.standing();
  }

  @Override
  public Optional<IndexEntry> entry(String path) {
    return journal.entry(path);
  }

  @Override
  public List<IndexEntry> below(String directory, String after, int limit) {
    return journal.below(directory, after, limit);
  }

  @Override
  public List<IndexEntry> tombstones(String after, int limit) {
    return journal.tombstones(after, limit);
  }

  @Override
  public List<IndexEntry> withContent(Digest content, int limit) {
    return journal.withContent(content, limit);
  }

  @Override
  public List<IndexEntry> linked(UUID link) {
    return journal.linked(link);
  }

  @Override
  public List<IndexEntry> linked(long inode) {
    return journal.linked(inode);
  }

  @Override
  public long existing() {
    return journal.existing();
  }

  @Override
  public List<IndexEntry> sample(int limit) {
    return journal.sample(limit);
  }

  @Override
  public List<Mark> marks() {
    return journal.marks();
  }

  @Override
  public Optional<Unapplied> unapplied(String path) {
    return journal.unapplied(path);
  }

  @Override
  public List<Unapplied> waiting() {
    return journal.waiting();
  }

  @Override
  public List<Unapplied> unbound() {
    return journal.unbound();
  }

  @Override
  public Optional<LostVersion> lost(String path) {
    return journal.lost(path);
  }

  @Override
  public long count(Counter counter) {
    return journal.count(counter);
  }

  @Override
  public String boot() {
    return journal.boot();
  }

  @Override
  public void close() {
    journal.close();
  }
}
