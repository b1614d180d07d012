package io.trifold.queue;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * How long the farm keeps what, and how it does.
 *
 * @param oldest the position from which on the log has every event
 * @param applied up to where every host that is waited for has applied the log
 * @param logAge how old events must be before the log no longer has every one
 * @param expiry how long a host may be silent before the log no longer waits for it
 * @param host who last looked after the log; empty if nobody has
 * @param began when, by the database's clock
 * @param ended when it was done; empty while it goes on, or if it broke off
 * @param outcome what was done, one line
 */
public record RetentionStatus(
    long oldest,
    long applied,
    Duration logAge,
    Duration expiry,
    String host,
    Optional<Instant> began,
    Optional<Instant> ended,
    String outcome) {

  /** When the log stops waiting for a host, unless it is heard of before. */
  public Instant expiresAt(HostStatus of) {
    return of.lastSeen().plus(expiry);
  }

  /** Whether the log does not wait for a host any more. */
  public boolean isExpired(HostStatus of, Instant now) {
    return expiresAt(of).isBefore(now);
  }

  /** Whether a host has been silent for so long that somebody should know of it. */
  public boolean isExpiring(HostStatus of, Instant now) {
    return !isExpired(of, now) && of.lastSeen().plus(expiry.dividedBy(2)).isBefore(now);
  }
}
