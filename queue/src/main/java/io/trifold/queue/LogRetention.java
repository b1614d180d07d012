package io.trifold.queue;

import io.trifold.queue.QueueException.Refused;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after the log: raises its oldest position, reduces the partitions before it to what is
 * wanted, removes content that no event names. One host of the farm at a time; the turn is taken in
 * the database, and what a host that died left undone is done in the next turn. Each step is one
 * transaction, and right by itself.
 */
final class LogRetention {
  private static final Logger log = LoggerFactory.getLogger(LogRetention.class);
  private static final int CHUNK_PAGE = 2000;

  /** A partition is written anew in one statement. */
  private static final Duration STATEMENT_LIMIT = Duration.ofMinutes(10);

  private static final String LOCK_NOT_AVAILABLE = "55P03";

  private final Database database;
  private final Membership membership;

  LogRetention(Database database, Membership membership) {
    this.database = database;
    this.membership = membership;
  }

  /**
   * Takes a turn if it is time for one.
   *
   * @return what was done, one line; empty if it was not time
   */
  Optional<String> run() throws QueueException {
    if (!begin()) {
      return Optional.empty();
    }
    long before = status().oldest();
    long oldest = number("SELECT trifold.raise_oldest()");
    long events = 0;
    for (long first : partitionsToCheck(oldest)) {
      events += reduce(first);
    }
    Chunks chunks = collectChunks();
    String outcome =
        (oldest > before
                ? "the log begins at position " + oldest + " now, "
                : "the log begins at position " + oldest + ", ")
            + events
            + " old events and "
            + chunks.count
            + " contents ("
            + chunks.bytes / 1_000_000
            + " MB) removed";
    end(outcome);
    return Optional.of(outcome);
  }

  private boolean begin() throws QueueException {
    return database.call(
        connection -> {
          try (PreparedStatement select =
              connection.prepareStatement("SELECT trifold.begin_retention(?)")) {
            select.setString(1, membership.host());
            try (ResultSet row = select.executeQuery()) {
              return row.next() && row.getBoolean(1);
            }
          }
        });
  }

  private void end(String outcome) throws QueueException {
    database.call(
        connection -> {
          try (PreparedStatement update =
              connection.prepareStatement(
                  "UPDATE trifold.retention SET ended_at = clock_timestamp(), outcome = ?"
                      + " WHERE host = ?")) {
            update.setString(1, outcome);
            update.setString(2, membership.host());
            return update.executeUpdate();
          }
        });
  }

  private long number(String sql) throws QueueException {
    return database.call(
        connection -> {
          try (PreparedStatement select = connection.prepareStatement(sql);
              ResultSet row = select.executeQuery()) {
            row.next();
            return row.getLong(1);
          }
        });
  }

  /** Those that lie before the oldest position and were not looked at for a day. */
  private List<Long> partitionsToCheck(long oldest) throws QueueException {
    return database.call(
        connection -> {
          try (PreparedStatement select =
              connection.prepareStatement(
                  "SELECT first FROM trifold.log_partition WHERE next <= ? AND (checked_at IS NULL"
                      + " OR checked_at < clock_timestamp() - (SELECT least(interval '1 day',"
                      + " make_interval(secs => every_seconds * 20)) FROM trifold.retention))"
                      + " ORDER BY first")) {
            select.setLong(1, oldest);
            List<Long> partitions = new ArrayList<>();
            try (ResultSet row = select.executeQuery()) {
              while (row.next()) {
                partitions.add(row.getLong(1));
              }
            }
            return partitions;
          }
        });
  }

  private long reduce(long first) throws QueueException {
    return database.call(
        connection ->
            patiently(
                connection,
                () -> {
                  try (PreparedStatement select =
                      connection.prepareStatement(
                          "SELECT out_removed FROM trifold.reduce_partition(?)")) {
                    select.setLong(1, first);
                    try (ResultSet row = select.executeQuery()) {
                      row.next();
                      return row.getLong(1);
                    }
                  } catch (SQLException e) {
                    if (LOCK_NOT_AVAILABLE.equals(e.getSQLState())) {
                      log.info(
                          "events from {} on are reduced another time: they are in use", first);
                      return 0L;
                    }
                    throw e;
                  }
                }));
  }

  private interface Statement<T> {
    T run() throws SQLException;
  }

  private static <T> T patiently(Connection connection, Statement<T> statement)
      throws SQLException {
    int usual = connection.getNetworkTimeout();
    connection.setNetworkTimeout(Runnable::run, (int) STATEMENT_LIMIT.toMillis());
    try {
      return statement.run();
    } finally {
      connection.setNetworkTimeout(Runnable::run, usual);
    }
  }

  private record Chunks(long count, long bytes) {}

  private Chunks collectChunks() throws QueueException {
    long count = 0;
    long bytes = 0;
    byte[] after = {};
    while (after != null) {
      byte[] from = after;
      Page page = database.call(connection -> collect(connection, from));
      count += page.count;
      bytes += page.bytes;
      after = page.last;
    }
    return new Chunks(count, bytes);
  }

  private static final class Page {
    /** Null at the end. */
    final byte[] last;

    final long count;
    final long bytes;

    Page(byte[] last, long count, long bytes) {
      this.last = last;
      this.count = count;
      this.bytes = bytes;
    }
  }

  private static Page collect(Connection connection, byte[] after) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT out_last, out_chunks, out_bytes FROM trifold.collect_chunks(?, ?)")) {
      select.setBytes(1, after);
      select.setInt(2, CHUNK_PAGE);
      try (ResultSet row = select.executeQuery()) {
        row.next();
        return new Page(row.getBytes(1), row.getLong(2), row.getLong(3));
      }
    }
  }

  RetentionStatus status() throws QueueException {
    return database.call(
        connection -> {
          try (PreparedStatement select =
                  connection.prepareStatement(
                      "SELECT h.oldest, trifold.applied_by_all() AS applied, r.log_seconds,"
                          + " r.expiry_seconds, r.host, r.began_at, r.ended_at, r.outcome"
                          + " FROM trifold.retention r, trifold.log_head h");
              ResultSet row = select.executeQuery()) {
            row.next();
            return new RetentionStatus(
                row.getLong("oldest"),
                row.getLong("applied"),
                Duration.ofSeconds(row.getInt("log_seconds")),
                Duration.ofSeconds(row.getInt("expiry_seconds")),
                row.getString("host"),
                instant(row, "began_at"),
                instant(row, "ended_at"),
                row.getString("outcome"));
          }
        });
  }

  private static Optional<Instant> instant(ResultSet row, String column) throws SQLException {
    return Optional.ofNullable(row.getObject(column, OffsetDateTime.class))
        .map(OffsetDateTime::toInstant);
  }

  /**
   * Takes a host off the list.
   *
   * @throws Refused if it lives, or there is none of this name
   */
  void forget(String host) throws QueueException {
    int forgotten =
        database.call(
            connection -> {
              try (PreparedStatement delete =
                  connection.prepareStatement(
                      "DELETE FROM trifold.host WHERE name = ?"
                          + " AND lease_until <= clock_timestamp()")) {
                delete.setString(1, host);
                return delete.executeUpdate();
              }
            });
    if (forgotten == 0) {
      throw new Refused(
          exists(host)
              ? "host \"" + host + "\" is mounted and takes part: unmount it there first"
              : "the farm has no host \"" + host + "\": trifold hosts lists them");
    }
  }

  private boolean exists(String host) throws QueueException {
    return database.call(
        connection -> {
          try (PreparedStatement select =
              connection.prepareStatement("SELECT 1 FROM trifold.host WHERE name = ?")) {
            select.setString(1, host);
            try (ResultSet row = select.executeQuery()) {
              return row.next();
            }
          }
        });
  }

  /** Changes how long things are kept; what is empty stays as it is. */
  void keep(Optional<Duration> logAge, Optional<Duration> expiry) throws QueueException {
    database.call(
        connection -> {
          try (PreparedStatement update =
              connection.prepareStatement(
                  "UPDATE trifold.retention SET log_seconds = coalesce(?, log_seconds),"
                      + " expiry_seconds = coalesce(?, expiry_seconds)")) {
            update.setObject(1, seconds(logAge), java.sql.Types.INTEGER);
            update.setObject(2, seconds(expiry), java.sql.Types.INTEGER);
            return update.executeUpdate();
          }
        });
  }

  private static Integer seconds(Optional<Duration> duration) {
    return duration.map(d -> (int) Math.min(Integer.MAX_VALUE, d.toSeconds())).orElse(null);
  }
}
