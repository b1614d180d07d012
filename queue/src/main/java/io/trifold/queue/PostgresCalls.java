package io.trifold.queue;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;

/** Calls in the farm's database; signed where they are put up, verified where they are taken. */
final class PostgresCalls implements CallBoard {
  /** How long a host's lease must be over for it to be gone: it may only have been cut off. */
  private static final String GONE = "interval '15 seconds'";

  private final Database database;
  private final Supplier<FarmKey> keys;

  PostgresCalls(Database database, Supplier<FarmKey> keys) {
    this.database = database;
    this.keys = keys;
  }

  @Override
  public Terms terms() throws QueueException {
    return database.call(
        connection -> {
          try (PreparedStatement select =
                  connection.prepareStatement(
                      "SELECT clock_timestamp() AS now, l.position, ARRAY(SELECT h.name"
                          + " FROM trifold.host h WHERE h.lease_until > clock_timestamp()"
                          + " ORDER BY h.name) AS live FROM trifold.log_head l");
              ResultSet row = select.executeQuery()) {
            row.next();
            return new Terms(
                row.getObject("now", OffsetDateTime.class).toInstant(),
                row.getLong("position"),
                Arrays.asList((String[]) row.getArray("live").getArray()));
          }
        });
  }

  @Override
  public void submit(Call call) throws QueueException {
    byte[] payload;
    try {
      payload = CallCodec.encode(call);
    } catch (IllegalArgumentException e) {
      throw new QueueException.Refused("call " + call.name() + ": " + e.getMessage(), e);
    }
    byte[] signature = keys.get().signForAll(payload);
    // One statement: repeated after a lost answer, it finds the call there, and changes nothing.
    database.call(
        connection -> {
          try (PreparedStatement insert =
              connection.prepareStatement(
                  """
                  WITH put_up AS (
                    INSERT INTO trifold.call (id, name, submitter, payload, signature, expires_at)
                    VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id
                  ), members AS (
                    INSERT INTO trifold.call_host (call, host)
                    SELECT p.id, h FROM put_up p, unnest(?) h RETURNING call
                  )
                  SELECT count(*), pg_notify('trifold', '') FROM members
                  """)) {
            insert.setObject(1, call.id());
            insert.setString(2, call.name());
            insert.setString(3, call.submitter());
            insert.setBytes(4, payload);
            insert.setBytes(5, signature);
            insert.setObject(6, call.issued().plus(call.timeout()).atOffset(ZoneOffset.UTC));
            insert.setArray(7, connection.createArrayOf("text", call.hosts().toArray()));
            return insert.execute();
          }
        });
  }

  @Override
  public List<Received> waiting(String host) throws QueueException {
    return database.call(
        connection -> {
          try (PreparedStatement select =
              connection.prepareStatement(
                  """
                  SELECT c.id, c.payload, c.signature
                  FROM trifold.call_host m JOIN trifold.call c ON c.id = m.call
                  WHERE m.host = ? AND m.state = 'waiting'
                    AND c.expires_at > clock_timestamp()
                  ORDER BY c.number
                  """)) {
            select.setString(1, host);
            try (ResultSet row = select.executeQuery()) {
              List<Received> received = new ArrayList<>();
              while (row.next()) {
                received.add(
                    verify(
                        host,
                        row.getObject("id", UUID.class),
                        row.getBytes("payload"),
                        row.getBytes("signature")));
              }
              return received;
            }
          }
        });
  }

  private Received verify(String host, UUID id, byte[] payload, byte[] signature) {
    if (!keys.get().verifyNow(payload, signature)) {
      return distrusted(id, "its signature is not of the farm's key");
    }
    Call call;
    try {
      call = CallCodec.decode(payload);
    } catch (MalformedEventException e) {
      return distrusted(id, "it is malformed: " + e.getMessage());
    }
    if (!call.id().equals(id)) {
      return distrusted(id, "it is the copy of another call");
    }
    if (!call.hosts().contains(host)) {
      return distrusted(id, "it is not for this host");
    }
    return new Received(id, Optional.of(call), "");
  }

  private static Received distrusted(UUID id, String objection) {
    return new Received(id, Optional.empty(), objection);
  }

  @Override
  public boolean begin(UUID call, String host, UUID runner) throws QueueException {
    // Repeated after a lost answer, it is this runner's already.
    return update(
        """
        UPDATE trifold.call_host m SET state = 'running', runner = ?,
          started_at = coalesce(m.started_at, clock_timestamp())
        WHERE m.call = ? AND m.host = ?
          AND (m.state = 'running' AND m.runner = ? OR m.state = 'waiting' AND EXISTS (
            SELECT 1 FROM trifold.call c WHERE c.id = m.call AND c.expires_at > clock_timestamp()))
        """,
        runner,
        call,
        host,
        runner);
  }

  @Override
  public boolean end(UUID call, String host, CallResult result) throws QueueException {
    return update(
        """
        UPDATE trifold.call_host SET state = ?, exit_code = ?, output = ?, reason = ?,
          ended_at = clock_timestamp()
        WHERE call = ? AND host = ? AND state IN ('waiting', 'running')
        """,
        result.state().word(),
        result.exitCode().orElse(null),
        storable(result.output()),
        storable(result.reason()),
        call,
        host);
  }

  /** A text can have every character in PostgreSQL but one. */
  static String storable(String text) {
    return text.replace('\0', '\u2400');
  }

  private boolean update(String sql, Object... values) throws QueueException {
    return database.call(
        connection -> {
          try (PreparedStatement update = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
              if (values[i] == null) {
                update.setNull(i + 1, java.sql.Types.INTEGER);
              } else {
                update.setObject(i + 1, values[i]);
              }
            }
            return update.executeUpdate() == 1;
          }
        });
  }

  @Override
  public List<UUID> abandoned(String host, UUID runner) throws QueueException {
    return database.call(
        connection -> {
          try (PreparedStatement select =
              connection.prepareStatement(
                  "SELECT call FROM trifold.call_host WHERE host = ? AND state = 'running'"
                      + " AND runner <> ?")) {
            select.setString(1, host);
            select.setObject(2, runner);
            try (ResultSet row = select.executeQuery()) {
              List<UUID> calls = new ArrayList<>();
              while (row.next()) {
                calls.add(row.getObject(1, UUID.class));
              }
              return calls;
            }
          }
        });
  }

  @Override
  public void settle(Duration keep) throws QueueException {
    database.call(
        connection -> {
          try (PreparedStatement settle =
              connection.prepareStatement(
                  """
                  WITH expired AS (
                    UPDATE trifold.call_host m SET state = 'expired', ended_at = clock_timestamp(),
                      reason = 'the host did not begin in time'
                    FROM trifold.call c
                    WHERE m.state = 'waiting' AND c.id = m.call
                      AND c.expires_at <= clock_timestamp()
                  ), lost AS (
                    UPDATE trifold.call_host m SET state = 'unknown', ended_at = clock_timestamp(),
                      reason = 'the host was gone before it told the end'
                    WHERE m.state = 'running' AND NOT EXISTS (
                      SELECT 1 FROM trifold.host h WHERE h.name = m.host
                        AND h.lease_until >= clock_timestamp() - %s)
                  )
                  DELETE FROM trifold.call WHERE submitted_at < clock_timestamp() - ? * interval '1 s'
                    -- The farm's own, which nobody looks at.
                    OR name LIKE 'trifold-%%' AND expires_at < clock_timestamp()
                  """
                      .formatted(GONE))) {
            settle.setLong(1, keep.toSeconds());
            return settle.executeUpdate();
          }
        });
  }

  @Override
  public Optional<CallRecord> find(UUID id) throws QueueException {
    return database
        .call(
            connection -> {
              try (PreparedStatement select = select(connection, "SELECT ?::uuid")) {
                select.setObject(1, id);
                return records(select);
              }
            })
        .stream()
        .findFirst();
  }

  @Override
  public List<CallRecord> recent(int limit) throws QueueException {
    return database.call(
        connection -> {
          try (PreparedStatement select =
              select(
                  connection,
                  "SELECT id FROM trifold.call WHERE name NOT LIKE 'trifold-%'"
                      + " ORDER BY number DESC LIMIT ?")) {
            select.setInt(1, limit);
            return records(select);
          }
        });
  }

  private static PreparedStatement select(Connection connection, String ids) throws SQLException {
    return connection.prepareStatement(
        "SELECT c.id, c.name, c.submitter, c.submitted_at, m.host, m.state, m.started_at,"
            + " m.ended_at, m.exit_code, m.output, m.reason"
            + " FROM trifold.call c JOIN trifold.call_host m ON m.call = c.id WHERE c.id IN ("
            + ids
            + ") ORDER BY c.number DESC, m.host");
  }

  private static List<CallRecord> records(PreparedStatement select) throws SQLException {
    Map<UUID, CallRecord> calls = new LinkedHashMap<>();
    Map<UUID, List<CallOnHost>> hosts = new LinkedHashMap<>();
    try (ResultSet row = select.executeQuery()) {
      while (row.next()) {
        UUID id = row.getObject("id", UUID.class);
        hosts.computeIfAbsent(id, i -> new ArrayList<>()).add(onHost(row));
        calls.put(
            id,
            new CallRecord(
                id,
                row.getString("name"),
                row.getString("submitter"),
                instant(row, "submitted_at").orElseThrow(),
                hosts.get(id)));
      }
    }
    return List.copyOf(calls.values());
  }

  private static CallOnHost onHost(ResultSet row) throws SQLException {
    return new CallOnHost(
        row.getString("host"),
        CallState.ofWord(row.getString("state")),
        instant(row, "started_at"),
        instant(row, "ended_at"),
        Optional.ofNullable(row.getObject("exit_code", Integer.class)),
        row.getString("output"),
        row.getString("reason"));
  }

  static Optional<Instant> instant(ResultSet row, String column) throws SQLException {
    return Optional.ofNullable(row.getObject(column, OffsetDateTime.class))
        .map(OffsetDateTime::toInstant);
  }
}
