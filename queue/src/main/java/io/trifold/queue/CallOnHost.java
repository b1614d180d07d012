package io.trifold.queue;

import java.time.Instant;
import java.util.Optional;

/**
 * A call on one of its hosts.
 *
 * @param started when it began, by the database's clock
 * @param ended when it ended, by the database's clock
 */
public record CallOnHost(
    String host,
    CallState state,
    Optional<Instant> started,
    Optional<Instant> ended,
    Optional<Integer> exitCode,
    String output,
    String reason) {}
