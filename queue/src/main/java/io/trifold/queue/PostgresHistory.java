package io.trifold.queue;

import io.trifold.rules.FileNames;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The history on PostgreSQL. */
final class PostgresHistory implements History {
  /**
   * The path itself, or what is below it. A path can be longer than an index entry, so its
   * beginning finds it and the whole decides.
   */
  private static final String RANGE =
      "((substring(e.path FROM 1 FOR 1024) = substring(?::bytea FROM 1 FOR 1024) AND e.path = ?)"
          + " OR (?"
          + " AND substring(e.path FROM 1 FOR 1024) >= substring(?::bytea FROM 1 FOR 1024)"
          + " AND substring(e.path FROM 1 FOR 1024) <= substring(?::bytea FROM 1 FOR 1024)"
          + " AND e.path > ? AND e.path < ?))";

  private static final String VERSIONS =
      "SELECT "
          + StoredEvent.COLUMNS
          + " FROM trifold.event e WHERE "
          + RANGE
          + " AND e.position < ? ORDER BY e.position DESC LIMIT ?";

  private static final String STATES =
      "SELECT "
          + StoredEvent.COLUMNS
          + " FROM (SELECT DISTINCT ON (e.path) e.* FROM trifold.event e WHERE "
          + RANGE
          + " AND e.position <= ? AND e.path > ? AND e.verdict <> 1"
          + " ORDER BY e.path, e.position DESC) e ORDER BY e.path LIMIT ?";

  private static final String CONFLICTS =
      "SELECT "
          + StoredEvent.COLUMNS
          + " FROM trifold.event e WHERE (e.replaced > 0 OR e.verdict <> 0) AND e.position < ?"
          + " AND ("
          + RANGE
          + " OR EXISTS (SELECT 1 FROM trifold.event r WHERE r.position = e.yielded_to AND "
          + RANGE.replace("e.path", "r.path")
          + ")) ORDER BY e.position DESC LIMIT ?";

  private static final String CHANGE_SETS =
      """
      SELECT c.id, c.host, c.message, c.begun_at,
             coalesce(min(e.position), 0) AS first, coalesce(max(e.position), 0) AS last,
             count(e.position) AS events
      FROM (SELECT * FROM trifold.change_set ORDER BY begun_at DESC LIMIT ?) c
      LEFT JOIN trifold.event e ON e.change_set = c.id
      GROUP BY c.id, c.host, c.message, c.begun_at
      ORDER BY c.begun_at DESC
      """;

  private final Database database;
  private final String host;
  private final EventReader reader;
  private final EventVerifier verifier;

  PostgresHistory(Database database, EventReader reader, FarmKey key, String host) {
    this.host = host;
    this.database = database;
    this.reader = reader;
    verifier = new EventVerifier(key);
  }

  @Override
  public List<Event> versions(String path, boolean below, long before, int limit)
      throws QueueException {
    return select(
        VERSIONS,
        select -> {
          int next = bindRange(select, 1, path, below);
          select.setLong(next++, before);
          select.setInt(next, limit);
        });
  }

  @Override
  public List<PathState> statesAt(String path, long position, String afterPath, int limit)
      throws QueueException {
    List<Event> events =
        select(
            STATES,
            select -> {
              int next = bindRange(select, 1, path, true);
              select.setLong(next++, position);
              select.setBytes(next++, FileNames.encode(afterPath));
              select.setInt(next, limit);
            });
    return events.stream().map(event -> new PathState(event.change().path(), event)).toList();
  }

  @Override
  public long positionAt(Instant time) throws QueueException {
    return database.call(
        connection -> {
          try (PreparedStatement select =
              connection.prepareStatement(
                  "SELECT coalesce(max(position), 0) AS position FROM trifold.event"
                      + " WHERE appended_at <= ?")) {
            select.setObject(1, time.atOffset(ZoneOffset.UTC));
            try (ResultSet row = select.executeQuery()) {
              row.next();
              return row.getLong("position");
            }
          }
        });
  }

  @Override
  public List<Conflict> conflicts(String path, long before, int limit) throws QueueException {
    List<Event> events =
        select(
            CONFLICTS,
            select -> {
              select.setLong(1, before);
              int next = bindRange(select, 2, path, true);
              next = bindRange(select, next, path, true);
              select.setInt(next, limit);
            });
    List<Conflict> conflicts = new ArrayList<>();
    for (Event event : events) {
      boolean won = event.verdict() == Verdict.STANDS;
      Optional<Event> other = at(won ? event.replaced() : event.yieldedTo());
      Optional<Event> winner = won ? Optional.of(event) : other;
      Optional<PathState> now = reader.state(event.offered());
      conflicts.add(
          new Conflict(
              event.offered(),
              winner,
              won ? other : Optional.of(event),
              winner.isPresent()
                  && now.filter(state -> state.version() == winner.get().position()).isPresent()));
    }
    return conflicts;
  }

  @Override
  public void announce(UUID changeSet, String message) throws QueueException {
    database.call(
        connection -> {
          try (PreparedStatement insert =
              connection.prepareStatement(
                  "INSERT INTO trifold.change_set (id, host, message) VALUES (?, ?, ?)"
                      + " ON CONFLICT DO NOTHING")) {
            insert.setObject(1, changeSet);
            insert.setString(2, host);
            insert.setString(3, message);
            return insert.executeUpdate();
          }
        });
  }

  @Override
  public List<ChangeSet> changeSets(int limit) throws QueueException {
    return database.call(
        connection -> {
          try (PreparedStatement select = connection.prepareStatement(CHANGE_SETS)) {
            select.setInt(1, limit);
            List<ChangeSet> sets = new ArrayList<>();
            try (ResultSet row = select.executeQuery()) {
              while (row.next()) {
                sets.add(
                    new ChangeSet(
                        row.getObject("id", UUID.class),
                        row.getString("host"),
                        row.getString("message"),
                        row.getObject("begun_at", OffsetDateTime.class).toInstant(),
                        row.getLong("first"),
                        row.getLong("last"),
                        row.getLong("events")));
              }
            }
            return sets;
          }
        });
  }

  @Override
  public List<Event> ofChangeSet(UUID changeSet) throws QueueException {
    return select(
        "SELECT "
            + StoredEvent.COLUMNS
            + " FROM trifold.event e WHERE e.change_set = ? ORDER BY e.position",
        select -> select.setObject(1, changeSet));
  }

  private Optional<Event> at(long position) throws QueueException {
    return select(
            "SELECT " + StoredEvent.COLUMNS + " FROM trifold.event e WHERE e.position = ?",
            select -> select.setLong(1, position))
        .stream()
        .findFirst();
  }

  private interface Binding {
    void to(PreparedStatement select) throws SQLException;
  }

  private List<Event> select(String sql, Binding binding) throws QueueException {
    List<StoredEvent> rows =
        database.call(
            connection -> {
              try (PreparedStatement select = connection.prepareStatement(sql)) {
                binding.to(select);
                List<StoredEvent> found = new ArrayList<>();
                try (ResultSet row = select.executeQuery()) {
                  while (row.next()) {
                    found.add(StoredEvent.of(row));
                  }
                }
                return found;
              }
            });
    List<Event> events = new ArrayList<>(rows.size());
    for (StoredEvent row : rows) {
      events.add(verifier.verify(row));
    }
    return events;
  }

  /** Sets the parameters of {@link #RANGE}; returns the number of the next one. */
  private static int bindRange(PreparedStatement select, int first, String path, boolean below)
      throws SQLException {
    byte[] itself = FileNames.encode(path);
    // The character behind the slash ends what is below; no name begins with the byte 255.
    byte[] from = path.isEmpty() ? new byte[0] : FileNames.encode(path + "/");
    byte[] to =
        path.isEmpty() ? new byte[] {(byte) 0xff, (byte) 0xff} : FileNames.encode(path + "0");
    int next = first;
    select.setBytes(next++, itself);
    select.setBytes(next++, itself);
    select.setBoolean(next++, below);
    select.setBytes(next++, from);
    select.setBytes(next++, to);
    select.setBytes(next++, from);
    select.setBytes(next++, to);
    return next;
  }
}
