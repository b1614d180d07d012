package io.trifold.queue;

import java.time.Instant;
import java.util.UUID;

/**
 * Changes that all hosts switch to in one go.
 *
 * @param host where it was made
 * @param message what its maker says of it; may be empty
 * @param begun when it was begun, by the database's clock
 * @param first the position of its first event; 0 if it has none
 * @param last the position of its last event; 0 if it has none
 * @param events how many it has
 */
public record ChangeSet(
    UUID id, String host, String message, Instant begun, long first, long last, long events) {}
