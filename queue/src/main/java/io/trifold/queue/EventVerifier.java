package io.trifold.queue;

import io.trifold.queue.QueueException.Corrupt;
import io.trifold.rules.FileNames;
import java.util.Arrays;
import java.util.Objects;
import java.util.UUID;

/** Makes an event of a row, if the row is what a host of the farm signed. */
final class EventVerifier {
  private final FarmKey key;

  EventVerifier(FarmKey key) {
    this.key = key;
  }

  Event verify(StoredEvent row) throws Corrupt {
    if (!key.verify(row.payload, row.signature, row.position)) {
      throw corrupt(row, "its signature is not of a key of the farm that this host has");
    }
    Authored authored;
    try {
      authored = EventCodec.decode(row.payload);
    } catch (MalformedEventException e) {
      throw corrupt(row, "it is malformed: " + e.getMessage());
    }
    Draft draft = authored.draft();
    Event event =
        Event.of(
            draft,
            authored.host(),
            authored.incarnation(),
            new Outcome(row.position, row.replaced, verdict(row, draft), row.yieldedTo),
            row.appendedAt);
    boolean columnsAgree =
        draft.id().equals(row.id)
            && authored.host().equals(row.host)
            && authored.incarnation().equals(row.incarnation)
            && draft.producerSequence() == row.producerSequence
            && draft.baseVersion() == row.baseVersion
            && Kind.of(draft.change()).code() == row.kind
            && Objects.equals(changeSet(draft), row.changeSet)
            && Arrays.equals(FileNames.encode(event.change().path()), row.path)
            && Arrays.equals(ContentKey.of(draft.change()).bytes(), row.contentKey);
    if (!columnsAgree) {
      throw corrupt(row, "its columns are not what was signed");
    }
    if (row.replaced < 0 || row.replaced >= row.position) {
      throw corrupt(row, "it claims to replace event " + row.replaced);
    }
    return event;
  }

  /** The database's word, as far as it can be true. */
  private static Verdict verdict(StoredEvent row, Draft draft) throws Corrupt {
    Verdict verdict;
    try {
      verdict = Verdict.of(row.verdict);
    } catch (IllegalArgumentException e) {
      throw corrupt(row, e.getMessage());
    }
    boolean gaveWay = verdict != Verdict.STANDS;
    if (gaveWay != (row.yieldedTo != 0)
        || row.yieldedTo < 0
        || row.yieldedTo >= row.position
        || (gaveWay && row.replaced != 0)
        || (verdict == Verdict.ASIDE && draft.terms().aside().isEmpty())) {
      throw corrupt(row, "it claims to have given way to event " + row.yieldedTo);
    }
    return verdict;
  }

  static UUID changeSet(Draft draft) {
    return draft.provenance().part().map(Provenance.Part::changeSet).orElse(null);
  }

  private static Corrupt corrupt(StoredEvent row, String reason) {
    return new Corrupt(row.position, "event " + row.position + " of the log: " + reason);
  }
}
