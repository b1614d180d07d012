package io.trifold.queue;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Where calls are put up for the hosts of the farm, and what became of them on each. Each method is
 * one short transaction, and may be repeated with the same arguments after {@link
 * QueueException.Unreachable}.
 */
public interface CallBoard {
  /**
   * What a submission goes by.
   *
   * @param now the database's clock
   * @param head of the log
   * @param live the hosts that are
   */
  record Terms(Instant now, long head, List<String> live) {}

  /**
   * A call that waits for this host.
   *
   * @param call none if it is not to be trusted
   * @param objection why not
   */
  record Received(UUID id, Optional<Call> call, String objection) {}

  Terms terms() throws QueueException;

  /**
   * Puts it up.
   *
   * @throws QueueException.Refused if it is none that can be written
   */
  void submit(Call call) throws QueueException;

  /** Those that wait for a host and have not expired, in the order of their submission. */
  List<Received> waiting(String host) throws QueueException;

  /**
   * Says that the host begins.
   *
   * @param runner the process that does
   * @return whether it may: false if it has begun already, or has expired
   */
  boolean begin(UUID call, String host, UUID runner) throws QueueException;

  /**
   * Says how it ended on the host.
   *
   * @return whether that is the result: false if there is one
   */
  boolean end(UUID call, String host, CallResult result) throws QueueException;

  /** Those that an earlier process of the host began, and did not end. */
  List<UUID> abandoned(String host, UUID runner) throws QueueException;

  /**
   * Gives those a result that will not get one otherwise: what was not begun in time has expired,
   * what a host began that is gone is unknown. Forgets those that are old.
   *
   * @param keep how long calls are remembered
   */
  void settle(Duration keep) throws QueueException;

  Optional<CallRecord> find(UUID id) throws QueueException;

  /** The last ones, the newest first. */
  List<CallRecord> recent(int limit) throws QueueException;
}
