package io.trifold.queue;

import java.util.Optional;
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
 * @param restored the lost version that it puts back, or changes. Not part of the event.
 */
public record Draft(
    UUID id,
    long producerSequence,
    long baseVersion,
    Change change,
    Terms terms,
    Provenance provenance,
    Optional<Restored> restored) {
  /** A draft that has nothing to do with lost versions. */
  public Draft(
      UUID id,
      long producerSequence,
      long baseVersion,
      Change change,
      Terms terms,
      Provenance provenance) {
    this(id, producerSequence, baseVersion, change, terms, provenance, Optional.empty());
  }

  /** A draft of no particular terms and provenance. */
  public Draft(UUID id, long producerSequence, long baseVersion, Change change) {
    this(id, producerSequence, baseVersion, change, Terms.DEFAULT, Provenance.UNKNOWN);
  }

  /** The same as far as it becomes the event. */
  Draft signed() {
    return new Draft(id, producerSequence, baseVersion, change, terms, provenance);
  }
}
