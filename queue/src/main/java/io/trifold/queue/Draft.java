package io.trifold.queue;

import java.util.UUID;

/**
 * What a host offers to the log.
 *
 * @param id of the event that it becomes; the same when it is offered again
 * @param producerSequence the host's own number: 1, 2, 3, … for each incarnation, without gaps
 * @param baseVersion the position of the event that the change was made upon, as this host had
 *     applied it; 0 if it knew of none. A host's own earlier events need not be known to it yet.
 * @param change what it does
 * @param terms how it is to be taken up
 * @param provenance where it comes from
 */
public record Draft(
    UUID id,
    long producerSequence,
    long baseVersion,
    Change change,
    Terms terms,
    Provenance provenance) {
  /** A draft of no particular terms and provenance. */
  public Draft(UUID id, long producerSequence, long baseVersion, Change change) {
    this(id, producerSequence, baseVersion, change, Terms.DEFAULT, Provenance.UNKNOWN);
  }
}
