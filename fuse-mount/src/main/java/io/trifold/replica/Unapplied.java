package io.trifold.replica;

import java.time.Instant;

/**
 * An event that the position has passed though it does not stand on this host's disk. The record is
 * durable; it goes when the path is brought up to date, by what the log says then, or by an own
 * later event.
 *
 * @param path as the event has it
 * @param position of the latest such event of the path
 * @param reason one line for the operator
 * @param since when the first was met
 * @param attempts how often it was tried
 */
record Unapplied(
    String path, long position, Cause cause, String reason, Instant since, int attempts) {
  enum Cause {
    /** A local change of the path stands first: it is appended before anything else happens. */
    DEFERRED,
    /** Its content is large, and fetched aside. */
    FETCHED,
    /** The host's own change gave way to the event, and stands on its disk still. */
    OVERRULED,
    /**
     * What the log says is to stand here again, whoever it is of: after a repair, or since the log
     * itself was restored. It stays the cause whatever keeps it from standing here.
     */
    REINSTATED,
    /** Applying it failed; it is tried again. */
    PARKED,
    /** The path is not propagated by this host's rules; met again if the rules change. */
    UNBOUND,
    /** No host may ask for this: the path is none. Never tried again. */
    REFUSED
  }

  /** The same, met or tried again. */
  Unapplied again(Unapplied earlier) {
    return new Unapplied(
        path,
        Math.max(position, earlier.position),
        cause,
        reason,
        earlier.since,
        cause == earlier.cause ? earlier.attempts + 1 : attempts);
  }
}
