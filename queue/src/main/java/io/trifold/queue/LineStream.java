package io.trifold.queue;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The stream of log lines in the farm's database, apart from the log of events. Thread-safe. Each
 * call is one short transaction, and may be repeated after {@link QueueException.Unreachable}.
 */
public interface LineStream extends AutoCloseable {
  /** The most bytes of text that one batch can have. */
  int MAX_BATCH = 8 << 20;

  /**
   * The stream's ends.
   *
   * @param position of the newest batch, 0 if there was none
   * @param oldest the position of the oldest batch that is still there, or would be
   */
  record Ends(long position, long oldest) {}

  /** The stream's ends. */
  Ends ends() throws QueueException;

  /**
   * Where a host begins that has never read: behind the batches that were there when its session in
   * the farm began, however long it takes until it asks.
   */
  long beginning() throws QueueException;

  /** The last sequence that the stream has of this host's incarnation; 0 if none. */
  long lastSequence() throws QueueException;

  /**
   * Appends lines, all or none. Those that are in the stream already are not appended again.
   *
   * @param lines of ascending sequence, all beyond {@link #lastSequence} or none
   * @throws QueueException.Refused if a newer session of this host exists
   */
  void append(List<Lines> lines) throws QueueException;

  /**
   * Batches in order, this host's own included: verified, and without gaps.
   *
   * @param after a position, not before the oldest
   * @param limit how many at most
   * @throws QueueException.Corrupt naming position and reason
   */
  List<LineBatch> read(long after, int limit) throws QueueException;

  /**
   * The same of one host alone.
   *
   * @param since only what was appended from then on
   */
  List<LineBatch> read(String host, long after, Optional<Instant> since, int limit)
      throws QueueException;

  /** The hosts that can have batches in the stream: those that had, and the farm's, by name. */
  List<String> hosts() throws QueueException;

  /** Removes some of the batches that are older; returns how many. */
  long prune(Duration age) throws QueueException;

  /** Closes the connections. */
  @Override
  void close();
}
