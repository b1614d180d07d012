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
 * @param change what it does, or would have done if it had not given way; of an event that stands
 *     aside, under its other name
 * @param verdict whether it stands
 * @param yieldedTo the position of the version that it gave way to; 0 if it stands
 * @param offered the path that the producer offered it for
 * @param terms how it was to be taken up
 * @param provenance where it comes from
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
    Change change,
    Verdict verdict,
    long yieldedTo,
    String offered,
    Terms terms,
    Provenance provenance) {
  /** An event that stands, of no particular terms and provenance. */
  public Event(
      long position,
      UUID id,
      String host,
      UUID incarnation,
      long producerSequence,
      Instant at,
      long baseVersion,
      long replaced,
      Change change) {
    this(
        position,
        id,
        host,
        incarnation,
        producerSequence,
        at,
        baseVersion,
        replaced,
        change,
        Verdict.STANDS,
        0,
        change.path(),
        Terms.DEFAULT,
        Provenance.UNKNOWN);
  }

  /** The event that a draft becomes. */
  public static Event of(Draft draft, String host, UUID incarnation, Outcome outcome, Instant at) {
    Change change = draft.change();
    return new Event(
        outcome.position(),
        draft.id(),
        host,
        incarnation,
        draft.producerSequence(),
        at,
        draft.baseVersion(),
        outcome.replaced(),
        outcome.verdict() == Verdict.ASIDE
            ? aside(change, draft.terms().aside().orElseThrow())
            : change,
        outcome.verdict(),
        outcome.yieldedTo(),
        change.path(),
        draft.terms(),
        draft.provenance());
  }

  /** What is kept beside is a file of its own: who writes to the other names does not change it. */
  private static Change aside(Change change, String path) {
    return change instanceof Change.PutFile file
        ? new Change.PutFile(path, file.metadata(), file.size(), file.digest(), file.content())
        : change.at(path);
  }

  /** Whether it changes what stands at its path. */
  public boolean counts() {
    return verdict != Verdict.GAVE_WAY;
  }

  /**
   * Whether its producer has it on its disk already. What gave way there is to give way on the
   * producer's disk, too.
   */
  public boolean standsAtProducer() {
    return verdict == Verdict.STANDS && provenance.taken();
  }
}
