package io.trifold.queue;

import io.trifold.rules.FileNames;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The events that cannot be trusted and that an operator had the farm pass over. Each decision is
 * of one row as it was seen then, and signed with the farm's key. Thread-safe.
 */
final class SkippedEvents {
  private static final Digest NOTHING = Digest.sha256(new byte[0]);
  private static final String ROW =
      "SELECT "
          + StoredEvent.COLUMNS
          + " FROM trifold.log_head h LEFT JOIN trifold.event e ON e.position = ?";

  private final Database database;
  private final UUID epoch;
  private final FarmKey key;
  private final String host;
  private final Set<Long> known = ConcurrentHashMap.newKeySet();

  SkippedEvents(Database database, UUID epoch, FarmKey key, String host) {
    this.database = database;
    this.epoch = epoch;
    this.key = key;
    this.host = host;
  }

  /** Whether this row is passed over. */
  boolean contains(StoredEvent row) throws QueueException {
    return contains(row.position, digest(row));
  }

  /** Whether it is passed over that there is no row. */
  boolean containsHole(long position) throws QueueException {
    return contains(position, NOTHING);
  }

  private boolean contains(long position, Digest digest) throws QueueException {
    return known.contains(position)
        || database.call(
            connection -> {
              try (PreparedStatement select =
                  connection.prepareStatement(
                      "SELECT signature FROM trifold.skipped"
                          + " WHERE epoch = ? AND position = ? AND event_digest = ?")) {
                select.setObject(1, epoch);
                select.setLong(2, position);
                select.setBytes(3, digest.bytes());
                try (ResultSet row = select.executeQuery()) {
                  boolean valid =
                      row.next() && key.verify(text(position, digest), row.getBytes(1), position);
                  if (valid) {
                    known.add(position);
                  }
                  return valid;
                }
              }
            });
  }

  /**
   * Has the farm pass over an event, whatever is wrong with it.
   *
   * @return the path that the row names; empty if there is no row
   */
  Optional<String> skip(long position) throws QueueException {
    Optional<StoredEvent> row = row(position);
    Digest digest = row.map(SkippedEvents::digest).orElse(NOTHING);
    database.call(
        connection -> {
          try (PreparedStatement insert =
              connection.prepareStatement(
                  "INSERT INTO trifold.skipped (epoch, position, event_digest, host, signature)"
                      + " VALUES (?, ?, ?, ?, ?)"
                      + " ON CONFLICT (epoch, position, event_digest)"
                      + " DO UPDATE SET signature = excluded.signature")) {
            insert.setObject(1, epoch);
            insert.setLong(2, position);
            insert.setBytes(3, digest.bytes());
            insert.setString(4, host);
            insert.setBytes(5, key.sign(text(position, digest)));
            return insert.executeUpdate();
          }
        });
    // The path is as if it had never been, until a host puts it again.
    database.call(
        connection -> {
          try (PreparedStatement delete =
              connection.prepareStatement("DELETE FROM trifold.path_state WHERE position = ?")) {
            delete.setLong(1, position);
            return delete.executeUpdate();
          }
        });
    return row.map(its -> FileNames.decode(its.path));
  }

  private Optional<StoredEvent> row(long position) throws QueueException {
    return database.call(
        connection -> {
          try (PreparedStatement select = connection.prepareStatement(ROW)) {
            select.setLong(1, position);
            try (ResultSet row = select.executeQuery()) {
              row.next();
              row.getLong("position");
              return row.wasNull() ? Optional.empty() : Optional.of(StoredEvent.of(row));
            }
          }
        });
  }

  private byte[] text(long position, Digest digest) {
    return ("skip " + epoch + " " + position + " " + digest).getBytes(StandardCharsets.US_ASCII);
  }

  private static Digest digest(StoredEvent row) {
    ByteBuffer bytes =
        ByteBuffer.allocate(
            Integer.BYTES + row.payload.length + row.signature.length + row.path.length);
    bytes.putInt(row.payload.length).put(row.payload).put(row.signature).put(row.path);
    return Digest.sha256(bytes.flip());
  }
}
