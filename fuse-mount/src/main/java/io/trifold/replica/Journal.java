package io.trifold.replica;

import io.trifold.queue.Digest;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * The host's own memory of where it stands: its identity, its position in the log, the index, the
 * dirty paths, and what the position passed without applying it. The authority on all of these.
 * Thread-safe. Every method may throw {@link JournalException}.
 */
interface Journal extends AutoCloseable {
  /** Made with the journal: a host whose state was reset is another incarnation. */
  UUID incarnation();

  /** The farm that the host has joined; empty if it is not known. */
  Optional<UUID> farm();

  /** The position of the latest event that an entry is of; 0 if there is none. */
  long newest();

  /** Where the host stands in the log. */
  Standing standing();

  /** What was last in sync at a path; a tombstone is an entry. */
  Optional<IndexEntry> entry(String path);

  /**
   * Entries of what exists strictly below a directory, by path in unsigned byte order.
   *
   * @param after only paths behind this one; empty for the first page
   */
  List<IndexEntry> below(String directory, String after, int limit);

  /**
   * Tombstones, by path in unsigned byte order.
   *
   * @param after only paths behind this one; empty for the first page
   */
  List<IndexEntry> tombstones(String after, int limit);

  /** Some files larger than what travels in an event that have this content. */
  List<IndexEntry> withContent(Digest content, int limit);

  /** The files of this link, by path. */
  List<IndexEntry> linked(UUID link);

  /** The files of any link that were this inode on disk when last in sync, by path. */
  List<IndexEntry> linked(long inode);

  /** How many entries there are of what exists. */
  long existing();

  /** Some entries of what exists, from all over the index. */
  List<IndexEntry> sample(int limit);

  /** The dirty paths that were recorded, by order. */
  List<Mark> marks();

  Optional<Unapplied> unapplied(String path);

  /** What is deferred, overruled or parked, by position. */
  List<Unapplied> waiting();

  /** What no rule propagated when it was met, by position. */
  List<Unapplied> unbound();

  /** What this host is to put into the log again at the path, and has not yet. */
  Optional<LostVersion> lost(String path);

  /** How often something was counted over the journal's whole life; 0 if never. */
  long count(Counter counter);

  /**
   * The start of the machine in which this host's last process began, if that did not end in order;
   * empty text if it did, or there was none.
   */
  String boot();

  /**
   * What was noted last as about to be placed, and by no commit as placed: entries as they are to
   * be, with what is to stand there as it looked before.
   */
  List<IndexEntry> placing();

  /**
   * Notes what is about to be placed, in place of what was noted before. Outlives the process, and
   * not for certain the machine: it is written for each group of events, and waits for no disk.
   */
  void notePlacing(Collection<IndexEntry> entries);

  /**
   * The number of this host's last change that was offered to the log from this disk, as far as
   * {@link #noteSent} was told; empty in a journal of a release that did not note it.
   */
  OptionalLong sent();

  /**
   * Notes that changes up to this number are about to be offered. Outlives the process, and not for
   * certain the machine.
   */
  void noteSent(long sequence);

  /** Makes all of the update durable, or none of it. */
  void commit(JournalUpdate update);

  @Override
  void close();

  /** What is counted for good. */
  enum Counter {
    /** This host's changes that met another's which they were not based on. */
    CONFLICTS,
    /** Local files that were set aside when the host joined. */
    DISPLACED,
    /** Events that this host's rules, or the form of their path, kept it from applying. */
    REJECTED,
    /** Deleted directories that stayed because of things in them that do not travel. */
    KEPT_DIRECTORIES
  }

  /**
   * Where a host stands in the log.
   *
   * @param epoch the log's identity; empty before the first session
   * @param position up to which the log is applied, or recorded as unapplied
   * @param event the id of the event at the position; empty at 0 and after joining
   * @param joined whether the first complete comparison with the log is done
   */
  record Standing(Optional<UUID> epoch, long position, Optional<UUID> event, boolean joined) {}
}
