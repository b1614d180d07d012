package io.trifold.queue;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * One host's session with the farm's log. Thread-safe. Each call is one short transaction, and may
 * be repeated with the same arguments after {@link QueueException.Unreachable}. What reads or
 * appends throws {@link QueueException.Rewound} when the log has lost events that this session has
 * seen, or has begun a new epoch.
 */
public interface FarmLog extends AutoCloseable {
  /** The most bytes that one chunk can have. */
  int MAX_CHUNK_LENGTH = 4 << 20;

  /** The log's identity, as it was when the session was opened. */
  UUID epoch();

  /** The ends of the log. */
  Head head() throws QueueException;

  /**
   * Appends the drafts, in order, all or none. What becomes of one that meets a version which it is
   * not based on is decided here, by its {@link Terms}, as {@link Ruling} says; it is no conflict
   * if the content is equal, or if that version is this incarnation's own.
   *
   * <p>Drafts whose producer sequence is already in the log (a reply was lost) are not appended
   * again: their recorded outcomes are returned.
   *
   * @param drafts their producer sequences ascending without gaps, and following {@link
   *     #lastProducerSequence}, save those that are offered again
   * @return the outcome of each
   * @throws QueueException.MissingChunks if the content store lacks what they name
   * @throws QueueException.Refused if a newer session of this host exists, the producer sequence
   *     has a gap, or other drafts were recorded under these numbers
   */
  List<Outcome> append(List<Draft> drafts) throws QueueException;

  /** The last producer sequence that the log has of this host's incarnation; 0 if none. */
  long lastProducerSequence() throws QueueException;

  /**
   * Events in order, from {@code after + 1}, this host's own included. Verified: no gap, good
   * signatures, each producer's sequence ascending.
   *
   * @param after a position, not beyond the head
   * @param limit how many at most
   * @return without events if {@code after} is the head
   * @throws QueueException.TooOld if the log no longer has these events
   * @throws QueueException.Corrupt naming position and reason
   */
  EventPage page(long after, int limit) throws QueueException;

  /** The events of a {@link #page}. */
  default List<Event> read(long after, int limit) throws QueueException {
    return page(after, limit).events();
  }

  /**
   * Has all hosts of the farm pass over an event that cannot be trusted. What its path was before
   * is forgotten with it: a host that has the path is to put it again.
   *
   * @return the path that the event names, which may be none; empty if there is no event
   */
  Optional<String> skip(long position) throws QueueException;

  /**
   * The latest event of each path, tombstones included, by path in unsigned byte order. Pages need
   * not be of one moment: read the head first, then the pages, then replay from that head.
   *
   * @param afterPath only paths behind this one; empty for the first page
   * @param limit how many at most
   * @return fewer than {@code limit} on the last page
   */
  List<PathState> states(String afterPath, int limit) throws QueueException;

  /** How many paths {@link #states} would show by now; 0 if that is not known. */
  default long paths() throws QueueException {
    return 0;
  }

  /** The latest event of a path; a tombstone is one. */
  Optional<PathState> state(String path) throws QueueException;

  /** Which of these chunks the content store lacks. The others count as used just now. */
  Set<Digest> missing(Collection<Digest> digests) throws QueueException;

  /**
   * Stores contents, those already there included. Not atomic as a whole: repeat it after a
   * failure.
   *
   * <p>Of any thread, several at once. Nothing of the bytes is kept.
   */
  void store(Collection<ChunkData> chunks) throws QueueException;

  /**
   * The chunk's content, verified.
   *
   * @throws QueueException.Corrupt if the store lacks it, or has other bytes under its digest
   */
  byte[] fetch(Change.Chunk chunk) throws QueueException;

  /**
   * Says how far this host is, and renews its lease.
   *
   * @param position up to which it needs the log no more: all is applied, or recorded as unapplied
   * @param applied up to which all is on its disk, save what is parked or not for it
   * @param parked the highest position of an event that it could not apply and has parked, or 0
   * @throws QueueException.Refused if a newer session of this host exists
   */
  void acknowledge(long position, long applied, long parked) throws QueueException;

  /** Says that all up to that position is on this host's disk, and renews its lease. */
  default void acknowledge(long position) throws QueueException {
    acknowledge(position, position, 0);
  }

  /**
   * The names of the other live hosts on whose disks the event at this position may not be yet, by
   * what they last said.
   */
  List<String> behind(long position) throws QueueException;

  /**
   * Renews the lease. To be called every few seconds; it lasts 15.
   *
   * @throws QueueException.Refused if a newer session of this host exists
   */
  void beat() throws QueueException;

  /** The versions that the log keeps. */
  History history();

  /** What verification needs of this log. */
  Verifications verifications();

  /** What hosts agree upon when this log has lost its tail. */
  Recovery recovery();

  /** The hosts of the farm, by name. */
  List<HostStatus> hosts() throws QueueException;

  /** How long the farm keeps what, and how it does; empty where nothing is ever removed. */
  default Optional<RetentionStatus> retention() throws QueueException {
    return Optional.empty();
  }

  /**
   * Looks after the log if it is time to, and nobody else does: removes events and contents that
   * are not wanted any more. May take minutes. To be called every now and then.
   *
   * @return what was done, one line; empty if it was not time
   */
  default Optional<String> retain() throws QueueException {
    return Optional.empty();
  }

  /**
   * Changes how long things are kept in this farm; what is empty stays as it is.
   *
   * @param logAge how old events must be before the log no longer has every one
   * @param expiry how long a host may be silent before the log no longer waits for it
   */
  default void keep(Optional<Duration> logAge, Optional<Duration> expiry) throws QueueException {}

  /**
   * Takes a host off the list: the log does not wait for it any more. It may come back.
   *
   * @throws QueueException.Refused if it is mounted, or there is none of this name
   */
  default void forget(String host) throws QueueException {}

  /** Whether the database answered when it was last asked. Never blocks. */
  boolean reachable();

  /** Ends this host's lease at once: its name is free for others. */
  void leave() throws QueueException;

  /** Closes the connections. Without {@link #leave} before, the lease runs out by itself. */
  @Override
  void close();
}
