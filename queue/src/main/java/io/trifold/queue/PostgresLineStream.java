package io.trifold.queue;

import io.trifold.queue.QueueException.Corrupt;
import io.trifold.queue.QueueException.Refused;
import io.trifold.queue.QueueException.Unreachable;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;

/** The stream on PostgreSQL, on connections of its own. */
final class PostgresLineStream implements LineStream {
  private static final int CONNECTIONS = 3;
  private static final String COLUMNS =
      "SELECT position, host, incarnation, first_sequence, last_sequence, payload, signature,"
          + " appended_at FROM trifold.line_batch ";

  private static final String BEGINNING =
      """
      SELECT least(l.position, (
        SELECT min(b.position) - 1 FROM trifold.line_batch b, trifold.host h
          WHERE h.name = ? AND h.session = ? AND b.appended_at >= h.session_since))
        FROM trifold.line_head l
      """;

  private final Database database;
  private final QueueSettings settings;
  private final Supplier<FarmKey> keys;
  private final Membership membership;

  /** Null until the database was reached. */
  private volatile UUID epoch;

  PostgresLineStream(QueueSettings settings, Supplier<FarmKey> keys, Membership membership)
      throws QueueException {
    this.database =
        new Database(settings, "trifold lines " + membership.host(), "trifold-lines", CONNECTIONS);
    this.settings = settings;
    this.keys = keys;
    this.membership = membership;
  }

  private UUID epoch() throws QueueException {
    UUID known = epoch;
    if (known == null) {
      known = new Farm(database).join(keys.get(), settings);
      epoch = known;
    }
    return known;
  }

  @Override
  public Ends ends() throws QueueException {
    return database.call(
        connection -> {
          try (PreparedStatement select =
                  connection.prepareStatement("SELECT position, oldest FROM trifold.line_head");
              ResultSet row = select.executeQuery()) {
            if (!row.next()) {
              throw endsGone();
            }
            return new Ends(row.getLong("position"), row.getLong("oldest"));
          }
        });
  }

  @Override
  public long beginning() throws QueueException {
    return database.call(
        connection -> {
          try (PreparedStatement select = connection.prepareStatement(BEGINNING)) {
            select.setString(1, membership.host());
            select.setObject(2, membership.session());
            try (ResultSet row = select.executeQuery()) {
              if (!row.next()) {
                throw endsGone();
              }
              return row.getLong(1);
            }
          }
        });
  }

  private static Corrupt endsGone() {
    return new Corrupt(0, "the row of the log lines' ends is gone from the database");
  }

  @Override
  public long lastSequence() throws QueueException {
    return database.call(
        connection -> {
          try (PreparedStatement select =
              connection.prepareStatement(
                  "SELECT last_sequence FROM trifold.line_producer"
                      + " WHERE host = ? AND incarnation = ?")) {
            select.setString(1, membership.host());
            select.setObject(2, membership.incarnation());
            try (ResultSet row = select.executeQuery()) {
              return row.next() ? row.getLong(1) : 0L;
            }
          }
        });
  }

  @Override
  public void append(List<Lines> lines) throws QueueException {
    UUID farm = epoch();
    byte[] payload = LineCodec.encode(membership.host(), membership.incarnation(), lines);
    byte[] signature = keys.get().signForAll(payload);
    long first = lines.get(0).sequence();
    long last = lines.get(lines.size() - 1).sequence();
    database.call(
        connection -> {
          try (PreparedStatement call =
              connection.prepareStatement("SELECT trifold.append_lines(?, ?, ?, ?, ?, ?, ?, ?)")) {
            call.setObject(1, farm);
            call.setString(2, membership.host());
            call.setObject(3, membership.incarnation());
            call.setObject(4, membership.session());
            call.setLong(5, first);
            call.setLong(6, last);
            call.setBytes(7, payload);
            call.setBytes(8, signature);
            try (ResultSet row = call.executeQuery()) {
              row.next();
              return row.getLong(1);
            }
          } catch (SQLException e) {
            throw refusal(e);
          }
        });
  }

  private SQLException refusal(SQLException e) throws QueueException {
    switch (String.valueOf(e.getSQLState())) {
      case "TF001" -> {
        // The lines go on in the next epoch as they were.
        epoch = null;
        throw new Unreachable("the log has begun a new epoch", e);
      }
      case "TF002" -> throw new HostRegistry(database, membership).replaced();
      case "TF003" ->
          throw new Refused("log lines were sent by another daemon of this host meanwhile", e);
      default -> {
        return e;
      }
    }
  }

  @Override
  public List<LineBatch> read(long after, int limit) throws QueueException {
    List<LineBatch> batches =
        database.call(
            connection -> {
              try (PreparedStatement select =
                  connection.prepareStatement(
                      COLUMNS + "WHERE position > ? ORDER BY position LIMIT ?")) {
                select.setLong(1, after);
                select.setInt(2, limit);
                return batches(select);
              }
            });
    long expected = after;
    for (LineBatch batch : batches) {
      expected++;
      if (batch.position() != expected) {
        throw new Corrupt(expected, "the stream of log lines has a hole at batch " + expected);
      }
    }
    return batches;
  }

  @Override
  public List<LineBatch> read(String host, long after, Optional<Instant> since, int limit)
      throws QueueException {
    return database.call(
        connection -> {
          try (PreparedStatement select = prepared(connection, since.isPresent())) {
            select.setString(1, host);
            select.setLong(2, after);
            if (since.isPresent()) {
              select.setObject(3, OffsetDateTime.ofInstant(since.get(), ZoneOffset.UTC));
            }
            select.setInt(since.isPresent() ? 4 : 3, limit);
            return batches(select);
          }
        });
  }

  private static PreparedStatement prepared(Connection connection, boolean since)
      throws SQLException {
    return connection.prepareStatement(
        COLUMNS
            + "WHERE host = ? AND position > ?"
            + (since ? " AND appended_at >= ?" : "")
            + " ORDER BY position LIMIT ?");
  }

  private List<LineBatch> batches(PreparedStatement select) throws SQLException, Corrupt {
    List<LineBatch> batches = new ArrayList<>();
    try (ResultSet row = select.executeQuery()) {
      while (row.next()) {
        batches.add(verified(row));
      }
    }
    return batches;
  }

  private LineBatch verified(ResultSet row) throws SQLException, Corrupt {
    long position = row.getLong("position");
    byte[] payload = row.getBytes("payload");
    if (!keys.get().verify(payload, row.getBytes("signature"))) {
      throw corrupt(position, "its signature is not of the farm's key");
    }
    LineCodec.Authored authored;
    try {
      authored = LineCodec.decode(payload);
    } catch (MalformedEventException e) {
      throw corrupt(position, "it is malformed: " + e.getMessage());
    }
    List<Lines> lines = authored.lines();
    if (!authored.host().equals(row.getString("host"))
        || !authored.incarnation().equals(row.getObject("incarnation", UUID.class))
        || lines.get(0).sequence() != row.getLong("first_sequence")
        || lines.get(lines.size() - 1).sequence() != row.getLong("last_sequence")) {
      throw corrupt(position, "its columns are not what was signed");
    }
    Instant at = row.getObject("appended_at", OffsetDateTime.class).toInstant();
    return new LineBatch(position, authored.host(), at, lines);
  }

  private static Corrupt corrupt(long position, String reason) {
    return new Corrupt(position, "batch " + position + " of the log lines: " + reason);
  }

  @Override
  public List<String> hosts() throws QueueException {
    return database.call(
        connection -> {
          try (PreparedStatement select =
                  connection.prepareStatement(
                      "SELECT host FROM trifold.line_producer UNION SELECT name FROM trifold.host"
                          + " ORDER BY 1");
              ResultSet row = select.executeQuery()) {
            List<String> hosts = new ArrayList<>();
            while (row.next()) {
              hosts.add(row.getString(1));
            }
            return hosts;
          }
        });
  }

  @Override
  public long prune(Duration age) throws QueueException {
    return database.call(
        connection -> {
          try (PreparedStatement call =
              connection.prepareStatement("SELECT trifold.prune_lines(?)")) {
            call.setDouble(1, age.toMillis() / 1000.0);
            try (ResultSet row = call.executeQuery()) {
              row.next();
              return row.getLong(1);
            }
          }
        });
  }

  @Override
  public void close() {
    database.close();
  }
}
