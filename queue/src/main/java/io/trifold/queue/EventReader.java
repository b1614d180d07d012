package io.trifold.queue;

import io.trifold.queue.QueueException.Corrupt;
import io.trifold.queue.QueueException.Rewound;
import io.trifold.queue.QueueException.TooOld;
import io.trifold.rules.FileNames;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** Reads the log and the paths' states, and believes nothing that is not verified. */
final class EventReader {
  /** A page ends behind this many bytes of events, so that large events do not add up. */
  private static final int PAGE_BYTES = 16 << 20;

  private static final String HEAD =
      "SELECT f.epoch, h.position AS head, h.oldest FROM trifold.farm f, trifold.log_head h";

  /** The head is of the same snapshot as the events: so it tells whether one is missing. */
  private static final String PAGE =
      "SELECT e.epoch, e.head, e.oldest, e.id_before, "
          + StoredEvent.COLUMNS
          + " FROM trifold.page(?, ?, ?) e ORDER BY e.position";

  private static final String STATES =
      "SELECT s.path AS state_path, s.position AS version, "
          + StoredEvent.COLUMNS
          + """
           FROM trifold.path_state s LEFT JOIN LATERAL (
            SELECT * FROM trifold.event v WHERE v.position = s.position LIMIT 1) e ON true
          WHERE substring(s.path FROM 1 FOR 1024) >= substring(?::bytea FROM 1 FOR 1024)
            AND s.path > ?
          ORDER BY substring(s.path FROM 1 FOR 1024), s.path
          LIMIT ?
          """;

  private static final String STATE =
      "SELECT s.path AS state_path, s.position AS version, "
          + StoredEvent.COLUMNS
          + """
           FROM trifold.path_state s LEFT JOIN LATERAL (
            SELECT * FROM trifold.event v WHERE v.position = s.position LIMIT 1) e ON true
          WHERE s.path_key = sha256(?)
          """;

  private final Database database;
  private final UUID epoch;
  private final EventVerifier verifier;
  private final Timeline timeline;
  private final SkippedEvents skipped;
  private final ReadOrder order = new ReadOrder();

  /** The last event that was read, or appended in order behind it. */
  private volatile Timeline.Known lastRead = new Timeline.Known(0, null);

  EventReader(
      Database database, UUID epoch, FarmKey key, Timeline timeline, SkippedEvents skipped) {
    this.skipped = skipped;
    this.timeline = timeline;
    this.database = database;
    this.epoch = epoch;
    verifier = new EventVerifier(key);
  }

  static Rewound otherEpoch(UUID epoch) {
    return new Rewound(0, "the log is no longer that of epoch " + epoch);
  }

  Head head() throws QueueException {
    Optional<Timeline.Known> known = timeline.furthest();
    return database.call(
        connection -> {
          try (PreparedStatement select = connection.prepareStatement(HEAD);
              ResultSet row = select.executeQuery()) {
            Head head = head(row);
            Timeline.check(known, head);
            return head;
          }
        });
  }

  /** Moves to the first row and takes the head from it. */
  private Head head(ResultSet row) throws SQLException, Rewound {
    if (!row.next() || !epoch.equals(row.getObject("epoch", UUID.class))) {
      throw otherEpoch(epoch);
    }
    return new Head(epoch, row.getLong("head"), row.getLong("oldest"));
  }

  private record Page(Head head, UUID idBefore, List<StoredEvent> events) {}

  EventPage page(long after, int limit) throws QueueException {
    if (after < 0 || limit < 1) {
      throw new IllegalArgumentException("after " + after + ", limit " + limit);
    }
    Optional<Timeline.Known> known = timeline.furthest();
    Page page =
        database.call(
            connection -> {
              try (PreparedStatement select = connection.prepareStatement(PAGE)) {
                select.setLong(1, after);
                select.setInt(2, limit);
                select.setLong(3, PAGE_BYTES);
                try (ResultSet row = select.executeQuery()) {
                  Head head = head(row);
                  return new Page(head, row.getObject("id_before", UUID.class), events(row));
                }
              }
            });
    Timeline.check(known, page.head());
    checkBefore(page, after);
    checkEnds(page.head(), after, page.events().isEmpty());
    List<Event> events = new ArrayList<>(page.events().size());
    Set<Long> passed = new HashSet<>();
    long next = after + 1;
    for (StoredEvent row : page.events()) {
      for (; next < row.position && skipped.containsHole(next); next++) {
        passed.add(next);
      }
      Optional<Event> event = verified(row);
      event.ifPresentOrElse(events::add, () -> passed.add(row.position));
      next = row.position + 1;
    }
    checkOrder(after, page, events, passed);
    if (!events.isEmpty()) {
      Event last = events.get(events.size() - 1);
      lastRead = new Timeline.Known(last.position(), last.id());
      timeline.learn(last.position(), last.id());
    }
    return new EventPage(events, next - 1, page.head().position());
  }

  /** Empty if an operator has the farm pass over it. */
  private Optional<Event> verified(StoredEvent row) throws QueueException {
    try {
      return Optional.of(verifier.verify(row));
    } catch (Corrupt e) {
      if (skipped.contains(row)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** What is out of place and passed over is taken out of the events. */
  private void checkOrder(long after, Page page, List<Event> events, Set<Long> passed)
      throws QueueException {
    while (true) {
      try {
        order.check(after, events, passed);
        return;
      } catch (Corrupt e) {
        boolean passedOver = false;
        for (StoredEvent row : page.events()) {
          passedOver |= row.position == e.position() && skipped.contains(row);
        }
        if (!passedOver || !passed.add(e.position())) {
          throw e;
        }
        events.removeIf(event -> event.position() == e.position());
      }
    }
  }

  /** What is read follows what was read: positions may have been issued again since. */
  private void checkBefore(Page page, long after) throws Rewound {
    Timeline.Known last = lastRead;
    if (last.position() == after
        && last.id() != null
        && after >= page.head().oldest()
        && !last.id().equals(page.idBefore())) {
      throw Timeline.rewound(after, page.head().position());
    }
  }

  /** The rows from the current one on; none if it has a head without an event. */
  private static List<StoredEvent> events(ResultSet row) throws SQLException {
    List<StoredEvent> events = new ArrayList<>();
    row.getLong("position");
    if (row.wasNull()) {
      return events;
    }
    do {
      events.add(StoredEvent.of(row));
    } while (row.next());
    return events;
  }

  private static void checkEnds(Head head, long after, boolean empty)
      throws Corrupt, Rewound, TooOld {
    if (after > head.position()) {
      throw Timeline.rewound(after, head.position());
    }
    if (after + 1 < head.oldest()) {
      throw new TooOld(after + 1, head.oldest());
    }
    if (empty && after < head.position()) {
      throw new Corrupt(
          after + 1, "the log has a hole: event " + (after + 1) + " is gone from the database");
    }
  }

  List<PathState> states(String afterPath, int limit) throws QueueException {
    byte[] after = FileNames.encode(afterPath);
    return database.call(
        connection -> {
          try (PreparedStatement select = connection.prepareStatement(STATES)) {
            select.setBytes(1, after);
            select.setBytes(2, after);
            select.setInt(3, limit);
            return states(select);
          }
        });
  }

  long paths() throws QueueException {
    return database.call(
        connection -> {
          try (PreparedStatement select =
                  connection.prepareStatement("SELECT count(*) FROM trifold.path_state");
              ResultSet row = select.executeQuery()) {
            row.next();
            return row.getLong(1);
          }
        });
  }

  Optional<PathState> state(String path) throws QueueException {
    return database
        .call(
            connection -> {
              try (PreparedStatement select = connection.prepareStatement(STATE)) {
                select.setBytes(1, FileNames.encode(path));
                return states(select);
              }
            })
        .stream()
        .findFirst();
  }

  private List<PathState> states(PreparedStatement select) throws SQLException, Corrupt {
    List<PathState> states = new ArrayList<>();
    try (ResultSet row = select.executeQuery()) {
      while (row.next()) {
        states.add(state(row));
      }
    }
    return states;
  }

  private PathState state(ResultSet row) throws SQLException, Corrupt {
    long version = row.getLong("version");
    row.getLong("position");
    if (row.wasNull()) {
      throw new Corrupt(version, "event " + version + ", a path's latest, is gone from the log");
    }
    StoredEvent stored = StoredEvent.of(row);
    if (!Arrays.equals(stored.path, row.getBytes("state_path"))) {
      throw new Corrupt(version, "event " + version + " of the log is of another path than told");
    }
    Event event = verifier.verify(stored);
    return new PathState(event.change().path(), event);
  }
}
