package io.trifold.queue;

import io.trifold.queue.QueueException.Corrupt;
import io.trifold.queue.QueueException.TooOld;
import io.trifold.rules.FileNames;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Reads the log and the paths' states, and believes nothing that is not verified. */
final class EventReader {
  /** A page ends behind this many bytes of events, so that large events do not add up. */
  private static final int PAGE_BYTES = 16 << 20;

  private static final String HEAD =
      "SELECT f.epoch, h.position AS head, h.oldest FROM trifold.farm f, trifold.log_head h";

  /** The head is of the same snapshot as the events: so it tells whether one is missing. */
  private static final String PAGE =
      "SELECT f.epoch, h.position AS head, h.oldest, "
          + StoredEvent.COLUMNS
          + """
           FROM trifold.farm f CROSS JOIN trifold.log_head h
          LEFT JOIN LATERAL (
            SELECT * FROM (
              SELECT p.*, sum(octet_length(p.payload)) OVER (ORDER BY p.position)
                          - octet_length(p.payload) AS bytes_before
              FROM trifold.event p WHERE p.position > ? ORDER BY p.position LIMIT ?) w
            WHERE w.bytes_before < ?) e ON true
          ORDER BY e.position
          """;

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
  private final ReadOrder order = new ReadOrder();

  EventReader(Database database, UUID epoch, FarmKey key) {
    this.database = database;
    this.epoch = epoch;
    verifier = new EventVerifier(key);
  }

  static Corrupt otherEpoch(UUID epoch) {
    return new Corrupt(
        0,
        "the database no longer holds the log "
            + epoch
            + ": it was replaced by another farm's; mount with a new state directory to join that");
  }

  Head head() throws QueueException {
    return database.call(
        connection -> {
          try (PreparedStatement select = connection.prepareStatement(HEAD);
              ResultSet row = select.executeQuery()) {
            return head(row);
          }
        });
  }

  /** Moves to the first row and takes the head from it. */
  private Head head(ResultSet row) throws SQLException, Corrupt {
    if (!row.next() || !epoch.equals(row.getObject("epoch", UUID.class))) {
      throw otherEpoch(epoch);
    }
    return new Head(epoch, row.getLong("head"), row.getLong("oldest"));
  }

  private record Page(Head head, List<StoredEvent> events) {}

  List<Event> read(long after, int limit) throws QueueException {
    if (after < 0 || limit < 1) {
      throw new IllegalArgumentException("after " + after + ", limit " + limit);
    }
    Page page =
        database.call(
            connection -> {
              try (PreparedStatement select = connection.prepareStatement(PAGE)) {
                select.setLong(1, after);
                select.setInt(2, limit);
                select.setInt(3, PAGE_BYTES);
                try (ResultSet row = select.executeQuery()) {
                  return new Page(head(row), events(row));
                }
              }
            });
    checkEnds(page.head(), after, page.events().isEmpty());
    List<Event> events = new ArrayList<>(page.events().size());
    for (StoredEvent row : page.events()) {
      events.add(verifier.verify(row));
    }
    order.check(after, events);
    return events;
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

  private static void checkEnds(Head head, long after, boolean empty) throws Corrupt, TooOld {
    if (after > head.position()) {
      throw new Corrupt(
          after,
          "the log ends at event "
              + head.position()
              + ", and this host has applied event "
              + after
              + ": the database was restored from an older state");
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
