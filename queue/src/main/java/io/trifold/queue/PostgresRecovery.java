package io.trifold.queue;

import io.trifold.rules.FileNames;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** The recovery of a log that has lost its tail, by way of the database. */
final class PostgresRecovery implements Recovery {
  /** In the order of the keys: hosts that claim at once do not wait for each other in a circle. */
  private static final String CLAIM =
      """
      WITH offered AS (
        SELECT o.path, sha256(o.path) AS path_key, o.version
        FROM unnest(?::bytea[], ?::bigint[]) o (path, version)),
      won AS (
        INSERT INTO trifold.recovery AS r (epoch, path_key, version)
          SELECT ?, o.path_key, o.version FROM offered o ORDER BY o.path_key
        ON CONFLICT (epoch, path_key) DO UPDATE SET version = excluded.version
          WHERE excluded.version >= r.version
        RETURNING r.path_key, r.put_version)
      SELECT o.path FROM offered o JOIN won w USING (path_key)
        WHERE w.put_version IS NULL OR w.put_version < o.version
      """;

  private final Database database;
  private final UUID epoch;
  private final String host;

  PostgresRecovery(Database database, UUID epoch, String host) {
    this.database = database;
    this.epoch = epoch;
    this.host = host;
  }

  private interface Reading<T> {
    T of(ResultSet row) throws SQLException;
  }

  private static <T> Optional<T> first(
      Connection connection, String sql, Reading<T> reading, Object... arguments)
      throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      for (int i = 0; i < arguments.length; i++) {
        select.setObject(i + 1, arguments[i]);
      }
      try (ResultSet row = select.executeQuery()) {
        return row.next() ? Optional.of(reading.of(row)) : Optional.empty();
      }
    }
  }

  @Override
  public UUID farm() throws QueueException {
    return database
        .call(
            connection ->
                first(
                    connection,
                    "SELECT identity FROM trifold.farm",
                    row -> row.getObject(1, UUID.class)))
        .orElseThrow(() -> EventReader.otherEpoch(epoch));
  }

  @Override
  public long began() throws QueueException {
    return database
        .call(
            connection ->
                first(
                    connection,
                    "SELECT position FROM trifold.epoch WHERE epoch = ?",
                    row -> row.getLong(1),
                    epoch))
        .orElse(0L);
  }

  @Override
  public void beginEpoch() throws QueueException {
    database.call(
        connection ->
            first(
                connection,
                "SELECT trifold.begin_epoch(?, ?)",
                row -> row.getObject(1, UUID.class),
                epoch,
                host));
  }

  @Override
  public Set<String> claim(Map<String, Long> versions) throws QueueException {
    byte[][] paths = versions.keySet().stream().map(FileNames::encode).toArray(byte[][]::new);
    Long[] positions = versions.values().toArray(Long[]::new);
    return database.call(
        connection -> {
          try (PreparedStatement claim = connection.prepareStatement(CLAIM)) {
            claim.setArray(1, connection.createArrayOf("bytea", paths));
            claim.setArray(2, connection.createArrayOf("bigint", positions));
            claim.setObject(3, epoch);
            Set<String> won = new HashSet<>();
            try (ResultSet row = claim.executeQuery()) {
              while (row.next()) {
                won.add(FileNames.decode(row.getBytes(1)));
              }
            }
            return won;
          }
        });
  }
}
