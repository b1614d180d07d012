package io.trifold.queue;

import io.trifold.queue.QueueException.Refused;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
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
  private static final String PRIMARY = "primary";
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
    if (membership.mode().equals(PRIMARY)) {
      refuseSecondPrimary();
    }
  }

  /** Looked at after both are registered: of two that start at once, each sees the other. */
  private void refuseSecondPrimary() throws QueueException {
    for (HostStatus other : hosts()) {
      if (other.live() && other.mode().equals(PRIMARY) && !other.name().equals(membership.host())) {
        leave();
        throw new Refused(
            "host \""
                + other.name()
                + "\" is this farm's primary already, and there can be one: mount \""
                + membership.host()
                + "\" with --mode replica or auto");
      }
    }
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
              position = CASE WHEN h.incarnation = excluded.incarnation THEN h.position ELSE 0 END,
              applied = CASE WHEN h.incarnation = excluded.incarnation THEN h.applied ELSE 0 END,
              parked = CASE WHEN h.incarnation = excluded.incarnation THEN h.parked ELSE 0 END
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
    renew("", List.of());
  }

  /**
   * Renews the lease and tells how far this host is. A crash of the database may take that back: it
   * is told again, and the host's own journal is the authority. So nobody waits for its disk.
   */
  void acknowledge(long position, long applied, long parked) throws QueueException {
    renew("position = ?, applied = ?, parked = ?, ", List.of(position, applied, parked));
  }

  private void renew(String assignments, List<Long> values) throws QueueException {
    boolean ours =
        database.call(
            connection -> {
              try (PreparedStatement update =
                  connection.prepareStatement(
                      "WITH quick AS (SELECT set_config('synchronous_commit', 'off', true))"
                          + " UPDATE trifold.host SET "
                          + assignments
                          + "last_seen = clock_timestamp(), lease_until = clock_timestamp() + "
                          + LEASE
                          + " FROM quick"
                          + OURS)) {
                for (int i = 0; i < values.size(); i++) {
                  update.setLong(i + 1, values.get(i));
                }
                bindOurs(update, values.size() + 1);
                return update.executeUpdate() == 1;
              }
            });
    if (!ours) {
      throw lost();
    }
  }

  /** The other live hosts that may not have the event at this position on their disks. */
  List<String> behind(long position) throws QueueException {
    return database.call(
        connection -> {
          try (PreparedStatement select =
              connection.prepareStatement(
                  "SELECT name FROM trifold.host WHERE lease_until > clock_timestamp()"
                      + " AND name <> ? AND (applied < ? OR parked >= ?) ORDER BY name")) {
            select.setString(1, membership.host());
            select.setLong(2, position);
            select.setLong(3, position);
            List<String> names = new ArrayList<>();
            try (ResultSet row = select.executeQuery()) {
              while (row.next()) {
                names.add(row.getString(1));
              }
            }
            return names;
          }
        });
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

  /** What it means that another session has the name. */
  Refused replaced() {
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
