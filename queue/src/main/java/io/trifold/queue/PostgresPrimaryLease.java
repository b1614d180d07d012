package io.trifold.queue;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.Optional;
import java.util.UUID;

/** The primary's lease as a row of the farm's database. */
final class PostgresPrimaryLease implements PrimaryLease {
  private final Database database;

  PostgresPrimaryLease(Database database) {
    this.database = database;
  }

  @Override
  public Optional<Long> hold(String host, UUID session, boolean appointed) throws QueueException {
    return database.call(
        connection -> {
          try (PreparedStatement update =
              connection.prepareStatement(
                  """
                  UPDATE trifold.primary_lease l SET
                    term = CASE WHEN l.session = ? AND l.lease_until > clock_timestamp()
                      THEN l.term ELSE l.term + 1 END,
                    host = ?, session = ?,
                    lease_until = clock_timestamp() + ? * interval '1 s'
                  WHERE (l.session = ? OR l.lease_until <= clock_timestamp())
                    AND (? OR NOT EXISTS (SELECT 1 FROM trifold.host h WHERE h.mode = 'primary'
                      AND h.name <> ? AND h.lease_until > clock_timestamp()))
                  RETURNING l.term
                  """)) {
            update.setObject(1, session);
            update.setString(2, host);
            update.setObject(3, session);
            update.setLong(4, LENGTH.toSeconds());
            update.setObject(5, session);
            update.setBoolean(6, appointed);
            update.setString(7, host);
            try (ResultSet row = update.executeQuery()) {
              return row.next() ? Optional.of(row.getLong(1)) : Optional.empty();
            }
          }
        });
  }

  @Override
  public void release(UUID session) throws QueueException {
    database.call(
        connection -> {
          try (PreparedStatement update =
              connection.prepareStatement(
                  "UPDATE trifold.primary_lease SET lease_until = clock_timestamp()"
                      + " WHERE session = ?")) {
            update.setObject(1, session);
            return update.executeUpdate();
          }
        });
  }

  @Override
  public Optional<Holder> holder() throws QueueException {
    return database.call(
        connection -> {
          try (PreparedStatement select =
                  connection.prepareStatement(
                      "SELECT host, term, lease_until > clock_timestamp() AS live"
                          + " FROM trifold.primary_lease WHERE term > 0");
              ResultSet row = select.executeQuery()) {
            return row.next()
                ? Optional.of(
                    new Holder(row.getString("host"), row.getLong("term"), row.getBoolean("live")))
                : Optional.empty();
          }
        });
  }
}
