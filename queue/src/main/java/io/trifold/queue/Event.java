package io.trifold.queue;

import java.time.Instant;
import java.util.UUID;

/**
 * A change that has its place in the log. Its signature has been verified.
 *
 * @param position its number in the log: 1, 2, 3, … without gaps
 * @param id as the producer chose it
 * @param host the producer's name
 * @param incarnation the producer's incarnation
 * @param producerSequence the producer's own number
 * @param at when it was appended, by the database's clock; neither signed nor in strict order
 * @param baseVersion the position of the version that it was based on; 0 if none
 * @param replaced the position of the version that it replaced in conflict; 0 if none
 * @param change what it does
 */
public record Event(
    long position,
    UUID id,
    String host,
    UUID incarnation,
    long producerSequence,
    Instant at,
    long baseVersion,
    long replaced,
    Change change) {}
