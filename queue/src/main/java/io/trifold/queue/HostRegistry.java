package io.trifold.queue;

import io.trifold.queue.QueueException.Refused;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The hosts of the farm, and this one's hold on its name. A name belongs to one session at a time;
 * leases are judged by the database's clock alone.
 */
final class HostRegistry {
  private static final String LEASE = "interval '15 seconds'";
  private static final String OURS = " WHERE name = ? AND incarnation = ? AND session = ?";
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss");

  private final Database database;
  private final Membership membership;

  /** When the session began, by the database's clock. */
  private volatile OffsetDateTime since = OffsetDateTime.MIN;

  HostRegistry(Database database, Membership membership) {
    this.database = database;
    this.membership = membership;
  }

  /**
   * Takes the name: if it is free, if its lease is over, or if the same incarnation has it (this is
   * the same host, started again).
   *
   * @throws Refused if another live host has it
   */
  void register() throws QueueException {
    database.call(
        connection -> {
          if (!take(connection)) {
            throw inUse(connection);
          }
          return null;
        });
  }

  private boolean take(Connection connection) throws SQLException {
    try (PreparedStatement upsert =
        connection.prepareStatement(
            """
            INSERT INTO trifold.host AS h (name, incarnation, session, mode, root, lease_until)
            VALUES (?, ?, ?, ?, ?, clock_timestamp() + %s)
            ON CONFLICT (name) DO UPDATE SET
              incarnation = excluded.incarnation,
              session = excluded.session,
              session_since = clock_timestamp(),
              mode = excluded.mode,
              root = excluded.root,
              lease_until = excluded.lease_until,
              last_seen = clock_timestamp(),
              position = CASE WHEN h.incarnation = excluded.incarnation THEN h.position ELSE 0 END
            WHERE h.incarnation = excluded.incarnation OR h.lease_until <= clock_timestamp()
            RETURNING h.session_since
            """
                .formatted(LEASE))) {
      upsert.setString(1, membership.host());
      upsert.setObject(2, membership.incarnation());
      upsert.setObject(3, membership.session());
      upsert.setString(4, membership.mode());
      upsert.setString(5, membership.root());
      try (ResultSet row = upsert.executeQuery()) {
        if (!row.next()) {
          return false;
        }
        since = row.getObject(1, OffsetDateTime.class);
        return true;
      }
    }
  }

  private Refused inUse(Connection connection) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT root, session_since FROM trifold.host WHERE name = ?")) {
      select.setString(1, membership.host());
      try (ResultSet row = select.executeQuery()) {
        String holder =
            row.next()
                ? " by the mount of "
                    + row.getString("root")
                    + " since "
                    + time(row.getObject("session_since", OffsetDateTime.class))
                : "";
        return new Refused(
            "host name \""
                + membership.host()
                + "\" is in use"
                + holder
                + "; choose another with --host");
      }
    }
  }

  private static String time(OffsetDateTime at) {
    return at.atZoneSameInstant(ZoneId.systemDefault()).format(TIME);
  }

  /** Renews the lease. */
  void beat() throws QueueException {
    renew(null);
  }

  /** Renews the lease and tells up to where this host has applied the log. */
  void acknowledge(long position) throws QueueException {
    renew(position);
  }

  private void renew(Long position) throws QueueException {
    boolean ours =
        database.call(
            connection -> {
              try (PreparedStatement update =
                  connection.prepareStatement(
                      "UPDATE trifold.host SET position = coalesce(?, position),"
                          + " last_seen = clock_timestamp(), lease_until = clock_timestamp() + "
                          + LEASE
                          + OURS)) {
                update.setObject(1, position, Types.BIGINT);
                bindOurs(update, 2);
                return update.executeUpdate() == 1;
              }
            });
    if (!ours) {
      throw lost();
    }
  }

  /** Ends the lease. Nothing to do if another session has the name by now. */
  void leave() throws QueueException {
    database.call(
        connection -> {
          try (PreparedStatement update =
              connection.prepareStatement(
                  "UPDATE trifold.host SET lease_until = clock_timestamp()" + OURS)) {
            bindOurs(update, 1);
            return update.executeUpdate();
          }
        });
  }

  private void bindOurs(PreparedStatement statement, int from) throws SQLException {
    statement.setString(from, membership.host());
    statement.setObject(from + 1, membership.incarnation());
    statement.setObject(from + 2, membership.session());
  }

  /**
   * What it means that the session is not in the database: another mount has taken the name, or the
   * database was restored to a state from before this session, which then goes on.
   */
  QueueException lost() throws QueueException {
    boolean again =
        database.call(
            connection -> {
              try (PreparedStatement select =
                  connection.prepareStatement(
                      "SELECT session_since FROM trifold.host WHERE name = ?")) {
                select.setString(1, membership.host());
                try (ResultSet row = select.executeQuery()) {
                  boolean older =
                      !row.next() || row.getObject(1, OffsetDateTime.class).isBefore(since);
                  return older && take(connection);
                }
              }
            });
    return again
        ? new QueueException.Unreachable("the database had forgotten this host's session", null)
        : replaced();
  }

  private Refused replaced() {
    return new Refused(
        "another mount has taken over the host name \""
            + membership.host()
            + "\": this one no longer takes part in the farm; unmount it, or mount again with"
            + " another --host");
  }

  List<HostStatus> hosts() throws QueueException {
    return database.call(
        connection -> {
          try (PreparedStatement select =
                  connection.prepareStatement(
                      "SELECT name, incarnation, mode, position, last_seen, root,"
                          + " lease_until > clock_timestamp() AS live"
                          + " FROM trifold.host ORDER BY name");
              ResultSet row = select.executeQuery()) {
            List<HostStatus> hosts = new ArrayList<>();
            while (row.next()) {
              hosts.add(
                  new HostStatus(
                      row.getString("name"),
                      row.getObject("incarnation", UUID.class),
                      row.getString("mode"),
                      row.getLong("position"),
                      row.getObject("last_seen", OffsetDateTime.class).toInstant(),
                      row.getBoolean("live"),
                      row.getString("root")));
            }
            return hosts;
          }
        });
  }
}
