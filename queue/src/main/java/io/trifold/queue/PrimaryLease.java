package io.trifold.queue;

import java.time.Duration;
import java.util.Optional;
import java.util.UUID;

/**
 * The lease that makes one host of the farm its primary. Judged by the database's clock alone; its
 * holder must stop in good time before it could be over, by a clock that it started before it
 * asked.
 */
public interface PrimaryLease {
  /** How long it lasts, from when the database grants it. */
  Duration LENGTH = Duration.ofSeconds(20);

  /**
   * Who is the primary.
   *
   * @param term grows with each change
   * @param live whether its lease holds
   */
  record Holder(String host, long term, boolean live) {}

  /**
   * Takes the lease if it is free, or renews it.
   *
   * @param session the process that asks
   * @param appointed whether the host's settings make it the primary: others step back for it
   * @return the term if this session has the lease now
   */
  Optional<Long> hold(String host, UUID session, boolean appointed) throws QueueException;

  /** Gives it back; does nothing where another has it. */
  void release(UUID session) throws QueueException;

  /** Who has or had it last; nobody at the beginning. */
  Optional<Holder> holder() throws QueueException;
}
