package io.trifold.queue;

import io.trifold.rules.FileNames;
import java.sql.Connection;
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

/** Verification by way of the database. */
final class PostgresVerifications implements Verifications {
  /** Behind every path: no byte of a path is this high in UTF-8, and none is higher at all. */
  private static final byte[] BEHIND_ALL = {(byte) 0xff, (byte) 0xff};

  private static final byte[] NOTHING = {};

  private static final String VERSIONS =
      """
      SELECT s.path, s.position, e.content_key FROM trifold.path_state s
        JOIN LATERAL (
          SELECT v.content_key FROM trifold.event v WHERE v.position = s.position LIMIT 1) e ON true
      WHERE substring(s.path FROM 1 FOR 1024) >= substring(?::bytea FROM 1 FOR 1024)
        AND s.path > ? AND (s.path = ? OR (s.path >= ? AND s.path < ?))
      ORDER BY substring(s.path FROM 1 FOR 1024), s.path
      LIMIT ?
      """;

  private static final String VERSION_AT =
      """
      SELECT e.path, e.position, e.content_key FROM trifold.event e
      WHERE substring(e.path FROM 1 FOR 1024) = substring(?::bytea FROM 1 FOR 1024)
        AND e.path = ? AND e.position <= ? AND e.verdict <> 1
      ORDER BY e.position DESC LIMIT 1
      """;

  private static final String COLUMNS =
      "v.id, v.position, v.below, v.urgent, v.asked_by, v.asked_at";

  private static final String ASK =
      "INSERT INTO trifold.verification AS v (epoch, position, below, urgent, asked_by)"
          + " SELECT f.epoch, h.position, ?, ?, ? FROM trifold.farm f, trifold.log_head h"
          + " WHERE f.epoch = ? RETURNING "
          + COLUMNS;

  /** Held to the transaction's end, so that of two hosts one sees what the other asked. */
  private static final String ONE_BY_ONE =
      "LOCK TABLE trifold.verification IN SHARE ROW EXCLUSIVE MODE";

  private static final String ASKED_SINCE =
      "SELECT "
          + COLUMNS
          + """
           FROM trifold.verification v
          WHERE v.epoch = ? AND v.below = ? AND v.asked_at >= ? AND v.urgent
          ORDER BY v.id LIMIT 1
          """;

  /** Nobody waits for an old one; of those that nobody waits for, the latest is enough. */
  private static final String UNANSWERED =
      "SELECT "
          + COLUMNS
          + """
           FROM trifold.verification v
          WHERE v.epoch = ?
            AND v.asked_at > clock_timestamp() - CASE WHEN v.urgent THEN interval '10 minutes'
                                                      ELSE interval '1 day' END
            AND (v.urgent OR v.id = (
              SELECT max(l.id) FROM trifold.verification l
                WHERE NOT l.urgent AND l.epoch = v.epoch))
            AND NOT EXISTS (
              SELECT 1 FROM trifold.verification_answer a
                WHERE a.verification = v.id AND a.host = ?)
          ORDER BY v.urgent DESC, v.id DESC LIMIT 1
          """;

  private static final String FORGET =
      "DELETE FROM trifold.verification WHERE asked_at < clock_timestamp() - interval '30 days'";

  private static final String ANSWER =
      """
      INSERT INTO trifold.verification_answer (verification, host, digest, paths, bytes, divergences)
        SELECT v.id, ?, ?, ?, ?, ? FROM trifold.verification v WHERE v.id = ?
      ON CONFLICT (verification, host) DO UPDATE SET digest = excluded.digest,
        paths = excluded.paths, bytes = excluded.bytes, divergences = excluded.divergences,
        answered_at = clock_timestamp()
      """;

  private static final String ANSWERS =
      """
      SELECT a.host, a.digest, a.paths, a.bytes, a.divergences, a.answered_at
      FROM trifold.verification_answer a WHERE a.verification = ? ORDER BY a.host
      """;

  private final Database database;
  private final UUID epoch;
  private final String host;

  PostgresVerifications(Database database, UUID epoch, String host) {
    this.database = database;
    this.epoch = epoch;
    this.host = host;
  }

  @Override
  public List<PathVersion> versions(String below, String afterPath, int limit)
      throws QueueException {
    byte[] self = FileNames.encode(below);
    byte[] from = below.isEmpty() ? NOTHING : FileNames.encode(below + "/");
    byte[] to = below.isEmpty() ? BEHIND_ALL : FileNames.encode(below + "0");
    byte[] after = FileNames.encode(afterPath);
    return database.call(
        connection -> {
          try (PreparedStatement select = connection.prepareStatement(VERSIONS)) {
            select.setBytes(1, after.length == 0 ? self : after);
            select.setBytes(2, after);
            select.setBytes(3, self);
            select.setBytes(4, from);
            select.setBytes(5, to);
            select.setInt(6, limit);
            return versions(select);
          }
        });
  }

  @Override
  public Optional<PathVersion> versionAt(String path, long position) throws QueueException {
    return database.call(
        connection -> {
          try (PreparedStatement select = connection.prepareStatement(VERSION_AT)) {
            select.setBytes(1, FileNames.encode(path));
            select.setBytes(2, FileNames.encode(path));
            select.setLong(3, position);
            return versions(select).stream().findFirst();
          }
        });
  }

  @Override
  public boolean isLatest(long position) throws QueueException {
    return database.call(
        connection -> {
          try (PreparedStatement select =
              connection.prepareStatement("SELECT 1 FROM trifold.path_state WHERE position = ?")) {
            select.setLong(1, position);
            try (ResultSet row = select.executeQuery()) {
              return row.next();
            }
          }
        });
  }

  private static List<PathVersion> versions(PreparedStatement select) throws SQLException {
    List<PathVersion> versions = new ArrayList<>();
    try (ResultSet row = select.executeQuery()) {
      while (row.next()) {
        versions.add(
            new PathVersion(
                FileNames.decode(row.getBytes("path")),
                row.getLong("position"),
                Digest.of(row.getBytes("content_key"))));
      }
    }
    return versions;
  }

  @Override
  public Verification ask(String below, boolean urgent) throws QueueException {
    database.call(
        connection -> {
          try (PreparedStatement delete = connection.prepareStatement(FORGET)) {
            return delete.executeUpdate();
          }
        });
    return database
        .call(connection -> insert(connection, below, urgent))
        .orElseThrow(() -> EventReader.otherEpoch(epoch));
  }

  @Override
  public Verification askSince(String below, Instant since) throws QueueException {
    return database
        .call(
            connection -> {
              connection.setAutoCommit(false);
              try {
                Optional<Verification> asked = firstSince(connection, below, since);
                connection.commit();
                return asked;
              } catch (SQLException | RuntimeException e) {
                connection.rollback();
                throw e;
              } finally {
                connection.setAutoCommit(true);
              }
            })
        .orElseThrow(() -> EventReader.otherEpoch(epoch));
  }

  private Optional<Verification> firstSince(Connection connection, String below, Instant since)
      throws SQLException {
    try (PreparedStatement lock = connection.prepareStatement(ONE_BY_ONE)) {
      lock.execute();
    }
    Optional<Verification> asked;
    try (PreparedStatement select = connection.prepareStatement(ASKED_SINCE)) {
      select.setObject(1, epoch);
      select.setBytes(2, FileNames.encode(below));
      select.setObject(3, since.atOffset(ZoneOffset.UTC));
      asked = verification(select);
    }
    return asked.isPresent() ? asked : insert(connection, below, true);
  }

  private Optional<Verification> insert(Connection connection, String below, boolean urgent)
      throws SQLException {
    try (PreparedStatement insert = connection.prepareStatement(ASK)) {
      insert.setBytes(1, FileNames.encode(below));
      insert.setBoolean(2, urgent);
      insert.setString(3, host);
      insert.setObject(4, epoch);
      return verification(insert);
    }
  }

  @Override
  public Optional<Verification> unanswered() throws QueueException {
    return database.call(
        connection -> {
          try (PreparedStatement select = connection.prepareStatement(UNANSWERED)) {
            select.setObject(1, epoch);
            select.setString(2, host);
            return verification(select);
          }
        });
  }

  private static Optional<Verification> verification(PreparedStatement select) throws SQLException {
    try (ResultSet row = select.executeQuery()) {
      if (!row.next()) {
        return Optional.empty();
      }
      return Optional.of(
          new Verification(
              row.getLong("id"),
              row.getLong("position"),
              FileNames.decode(row.getBytes("below")),
              row.getBoolean("urgent"),
              row.getString("asked_by"),
              row.getObject("asked_at", OffsetDateTime.class).toInstant()));
    }
  }

  @Override
  public void answer(
      Verification verification, Digest digest, long paths, long bytes, long divergences)
      throws QueueException {
    database.call(
        connection -> {
          try (PreparedStatement insert = connection.prepareStatement(ANSWER)) {
            insert.setString(1, host);
            insert.setBytes(2, digest.bytes());
            insert.setLong(3, paths);
            insert.setLong(4, bytes);
            insert.setLong(5, divergences);
            insert.setLong(6, verification.id());
            return insert.executeUpdate();
          }
        });
  }

  @Override
  public List<Verification.Answer> answers(Verification verification) throws QueueException {
    return database.call(
        connection -> {
          try (PreparedStatement select = connection.prepareStatement(ANSWERS)) {
            select.setLong(1, verification.id());
            List<Verification.Answer> answers = new ArrayList<>();
            try (ResultSet row = select.executeQuery()) {
              while (row.next()) {
                answers.add(
                    new Verification.Answer(
                        row.getString("host"),
                        Digest.of(row.getBytes("digest")),
                        row.getLong("paths"),
                        row.getLong("bytes"),
                        row.getLong("divergences"),
                        row.getObject("answered_at", OffsetDateTime.class).toInstant()));
              }
            }
            return answers;
          }
        });
  }
}
