package io.trifold.queue;

import io.trifold.queue.QueueException.Corrupt;
import io.trifold.rules.FileNames;
import java.util.Arrays;

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
    boolean columnsAgree =
        draft.id().equals(row.id)
            && authored.host().equals(row.host)
            && authored.incarnation().equals(row.incarnation)
            && draft.producerSequence() == row.producerSequence
            && draft.baseVersion() == row.baseVersion
            && Arrays.equals(FileNames.encode(draft.change().path()), row.path)
            && Arrays.equals(ContentKey.of(draft.change()).bytes(), row.contentKey);
    if (!columnsAgree) {
      throw corrupt(row, "its columns are not what was signed");
    }
    if (row.replaced < 0 || row.replaced >= row.position) {
      throw corrupt(row, "it claims to replace event " + row.replaced);
    }
    return new Event(
        row.position,
        draft.id(),
        authored.host(),
        authored.incarnation(),
        draft.producerSequence(),
        row.appendedAt,
        draft.baseVersion(),
        row.replaced,
        draft.change());
  }

  private static Corrupt corrupt(StoredEvent row, String reason) {
    return new Corrupt(row.position, "event " + row.position + " of the log: " + reason);
  }
}
