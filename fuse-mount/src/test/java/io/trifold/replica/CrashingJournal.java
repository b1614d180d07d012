package io.trifold.replica;

import io.trifold.queue.Digest;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

/** A journal that takes so many commits and then none: what a crash of the process leaves. */
record CrashingJournal(Journal journal, AtomicInteger left) implements Journal {
  @Override
  public UUID incarnation() {
    return journal.incarnation();
  }

  @Override
  public String boot() {
    return journal.boot();
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
  public List<IndexEntry> placing() {
    return journal.placing();
  }

  @Override
  public void notePlacing(Collection<IndexEntry> entries) {
    failIfOver();
    journal.notePlacing(entries);
  }

  @Override
  public OptionalLong sent() {
    return journal.sent();
  }

  @Override
  public void noteSent(long sequence) {
    failIfOver();
    journal.noteSent(sequence);
  }

  private void failIfOver() {
    if (left.get() <= 0) {
      left.decrementAndGet();
      throw new JournalException("the crash", null);
    }
  }

  @Override
  public void commit(JournalUpdate update) {
    if (!update.isEmpty() && left.getAndDecrement() <= 0) {
      throw new JournalException("the crash", null);
    }
    journal.commit(update);
  }

  @Override
  public void close() {
    journal.close();
  }
}
