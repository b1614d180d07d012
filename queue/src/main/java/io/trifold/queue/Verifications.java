package io.trifold.queue;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What verification needs of the log, and how hosts ask each other for it. Thread-safe. Each call
 * is one short transaction.
 */
public interface Verifications {
  /**
   * The versions that the log has now, tombstones included, by path in unsigned byte order.
   *
   * @param below this path and all below it; empty for everything
   * @param afterPath only paths behind this one; empty for the first page
   */
  List<PathVersion> versions(String below, String afterPath, int limit) throws QueueException;

  /**
   * The version that the log had of a path at a position; empty if it had none, or has forgotten.
   */
  Optional<PathVersion> versionAt(String path, long position) throws QueueException;

  /** Whether the event at this position is the latest of a path. */
  boolean isLatest(long position) throws QueueException;

  /** Asks all hosts, at the log's head of now. */
  Verification ask(String below, boolean urgent) throws QueueException;

  /**
   * The urgent one that was the first to be asked for this path since then, or else a new one. Of
   * many hosts that do this at once, all get the same.
   *
   * @param since by the database's clock
   */
  Verification askSince(String below, Instant since) throws QueueException;

  /** The latest that is asked for and that this host has not answered, urgent ones first. */
  Optional<Verification> unanswered() throws QueueException;

  /** Answers for this host. */
  void answer(Verification verification, Digest digest, long paths, long bytes, long divergences)
      throws QueueException;

  /** The answers so far, by host. */
  List<Verification.Answer> answers(Verification verification) throws QueueException;
}
