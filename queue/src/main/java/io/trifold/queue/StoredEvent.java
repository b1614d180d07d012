package io.trifold.queue;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.UUID;

/** An event's row as the database gives it: input, not yet believed. */
final class StoredEvent {
  /** The columns that {@link #of} reads, of a table or alias {@code e}. */
  static final String COLUMNS =
      "e.position, e.id, e.host, e.incarnation, e.producer_sequence, e.base_version, e.replaced,"
          + " e.path, e.content_key, e.payload, e.signature, e.appended_at, e.kind, e.verdict,"
          + " e.yielded_to, e.change_set";

  final long position;
  final UUID id;
  final String host;
  final UUID incarnation;
  final long producerSequence;
  final long baseVersion;
  final long replaced;
  final byte[] path;
  final byte[] contentKey;
  final byte[] payload;
  final byte[] signature;
  final Instant appendedAt;
  final int kind;
  final int verdict;
  final long yieldedTo;
  final UUID changeSet;

  private StoredEvent(ResultSet row) throws SQLException {
    position = row.getLong("position");
    id = row.getObject("id", UUID.class);
    host = row.getString("host");
    incarnation = row.getObject("incarnation", UUID.class);
    producerSequence = row.getLong("producer_sequence");
    baseVersion = row.getLong("base_version");
    replaced = row.getLong("replaced");
    path = row.getBytes("path");
    contentKey = row.getBytes("content_key");
    payload = row.getBytes("payload");
    signature = row.getBytes("signature");
    appendedAt = row.getObject("appended_at", OffsetDateTime.class).toInstant();
    kind = row.getInt("kind");
    verdict = row.getInt("verdict");
    yieldedTo = row.getLong("yielded_to");
    changeSet = row.getObject("change_set", UUID.class);
  }

  static StoredEvent of(ResultSet row) throws SQLException {
    return new StoredEvent(row);
  }
}
