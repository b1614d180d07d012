package io.trifold.queue;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The runs of tasks in the farm's database. */
final class PostgresTasks implements TaskBoard {
  private static final String COLUMNS =
      "task, scope, due, attempt, host, state, started_at, ended_at, exit_code, output, reason";

  private final Database database;

  PostgresTasks(Database database) {
    this.database = database;
  }

  /** Binds a statement's parameters. */
  @FunctionalInterface
  private interface Binder {
    void bind(PreparedStatement statement) throws SQLException;
  }

  /** Reads one row. */
  @FunctionalInterface
  private interface Reader<T> {
    T read(ResultSet row) throws SQLException;
  }

  private <T> List<T> query(String sql, Binder binder, Reader<T> reader) throws QueueException {
    return database.call(
        connection -> {
          try (PreparedStatement select = connection.prepareStatement(sql)) {
            binder.bind(select);
            try (ResultSet row = select.executeQuery()) {
              List<T> rows = new ArrayList<>();
              while (row.next()) {
                rows.add(reader.read(row));
              }
              return rows;
            }
          }
        });
  }

  private int update(String sql, Binder binder) throws QueueException {
    return database.call(
        connection -> {
          try (PreparedStatement update = connection.prepareStatement(sql)) {
            binder.bind(update);
            return update.executeUpdate();
          }
        });
  }

  @Override
  public Map<String, Instant> lastDue(String scope) throws QueueException {
    Map<String, Instant> last = new HashMap<>();
    query(
            "SELECT task, max(due) AS due FROM trifold.task_run WHERE scope = ? AND attempt > 0"
                + " GROUP BY task",
            select -> select.setString(1, scope),
            row ->
                Map.entry(
                    row.getString("task"), row.getObject("due", OffsetDateTime.class).toInstant()))
        .forEach(entry -> last.put(entry.getKey(), entry.getValue()));
    return last;
  }

  @Override
  public boolean begin(TaskRun.Key run, TaskRun.Runner runner) throws QueueException {
    // Repeated after a lost answer it finds its own row, which is as good as a new one.
    return update(
            """
            INSERT INTO trifold.task_run AS r
              (task, scope, due, attempt, host, session, term, state)
            SELECT ?, ?, ?, ?, ?, ?, ?, 'running'
            WHERE ? = 0 OR EXISTS (SELECT 1 FROM trifold.primary_lease l
              WHERE l.session = ? AND l.term = ? AND l.lease_until > clock_timestamp())
            ON CONFLICT (task, scope, due, attempt) DO UPDATE SET session = excluded.session
              WHERE r.session = excluded.session AND r.state = 'running'
            """,
            insert -> {
              bind(insert, run, runner);
              insert.setLong(8, runner.term());
              insert.setObject(9, runner.session());
              insert.setLong(10, runner.term());
            })
        == 1;
  }

  @Override
  public void skip(TaskRun.Key run, TaskRun.Runner runner, String reason) throws QueueException {
    update(
        """
        INSERT INTO trifold.task_run
          (task, scope, due, attempt, host, session, term, state, reason, ended_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, 'skipped', ?, clock_timestamp()) ON CONFLICT DO NOTHING
        """,
        insert -> {
          bind(insert, run, runner);
          insert.setString(8, reason);
        });
  }

  private static void bind(PreparedStatement insert, TaskRun.Key run, TaskRun.Runner runner)
      throws SQLException {
    bind(insert, 1, run);
    insert.setString(5, runner.host());
    insert.setObject(6, runner.session());
    insert.setLong(7, runner.term());
  }

  private static void bind(PreparedStatement statement, int from, TaskRun.Key run)
      throws SQLException {
    statement.setString(from, run.task());
    statement.setString(from + 1, run.scope());
    statement.setObject(from + 2, run.due().atOffset(ZoneOffset.UTC));
    statement.setInt(from + 3, run.attempt());
  }

  @Override
  public void progress(TaskRun.Key run, String output) throws QueueException {
    update(
        "UPDATE trifold.task_run SET output = ? WHERE task = ? AND scope = ? AND due = ?"
            + " AND attempt = ? AND state = 'running'",
        update -> {
          update.setString(1, PostgresCalls.storable(output));
          bind(update, 2, run);
        });
  }

  @Override
  public void end(
      TaskRun.Key run,
      TaskRun.State state,
      Optional<Integer> exitCode,
      String output,
      String reason)
      throws QueueException {
    update(
        "UPDATE trifold.task_run SET state = ?, exit_code = ?, output = ?, reason = ?,"
            + " ended_at = clock_timestamp() WHERE task = ? AND scope = ? AND due = ?"
            + " AND attempt = ? AND state = 'running'",
        update -> {
          update.setString(1, state.word());
          if (exitCode.isPresent()) {
            update.setInt(2, exitCode.get());
          } else {
            update.setNull(2, Types.INTEGER);
          }
          update.setString(3, PostgresCalls.storable(output));
          update.setString(4, PostgresCalls.storable(reason));
          bind(update, 5, run);
        });
  }

  @Override
  public void settle(TaskRun.Runner self, Duration keep) throws QueueException {
    update(
        """
        UPDATE trifold.task_run r SET state = 'unknown', ended_at = clock_timestamp(),
          reason = CASE WHEN r.host = ? THEN 'its daemon died' ELSE 'its host was gone' END
            || ' before it had ended'
        WHERE r.state = 'running' AND (
          r.host = ? AND r.session <> ?
          OR r.term > 0 AND r.term < ?
          OR NOT EXISTS (SELECT 1 FROM trifold.host h WHERE h.name = r.host
            AND h.lease_until >= clock_timestamp() - interval '20 seconds'))
        """,
        update -> {
          update.setString(1, self.host());
          update.setString(2, self.host());
          update.setObject(3, self.session());
          update.setLong(4, self.term());
        });
    update(
        """
        DELETE FROM trifold.task_run r WHERE r.started_at < clock_timestamp() - ? * interval '1 s'
          AND EXISTS (SELECT 1 FROM trifold.task_run n
            WHERE n.task = r.task AND n.scope = r.scope AND n.due > r.due AND n.attempt > 0)
        """,
        delete -> delete.setLong(1, keep.toSeconds()));
  }

  @Override
  public List<TaskRun> unknown(String scope, Instant since) throws QueueException {
    return query(
        "SELECT * FROM (SELECT DISTINCT ON (task, due) "
            + COLUMNS
            + " FROM trifold.task_run WHERE scope = ? AND due >= ? AND attempt > 0"
            + " ORDER BY task, due, attempt DESC) r WHERE state = 'unknown'",
        select -> {
          select.setString(1, scope);
          select.setObject(2, since.atOffset(ZoneOffset.UTC));
        },
        PostgresTasks::run);
  }

  @Override
  public List<TaskRun> last() throws QueueException {
    return query(
        "SELECT DISTINCT ON (task, scope) "
            + COLUMNS
            + " FROM trifold.task_run ORDER BY task, scope, due DESC, attempt DESC",
        select -> {},
        PostgresTasks::run);
  }

  @Override
  public List<TaskRun> runs(String task, int limit) throws QueueException {
    return query(
        "SELECT "
            + COLUMNS
            + " FROM trifold.task_run WHERE task = ? ORDER BY due DESC, scope, attempt DESC LIMIT"
            + " ?",
        select -> {
          select.setString(1, task);
          select.setInt(2, limit);
        },
        PostgresTasks::run);
  }

  private static TaskRun run(ResultSet row) throws SQLException {
    return new TaskRun(
        new TaskRun.Key(
            row.getString("task"),
            row.getString("scope"),
            row.getObject("due", OffsetDateTime.class).toInstant(),
            row.getInt("attempt")),
        row.getString("host"),
        TaskRun.State.ofWord(row.getString("state")),
        row.getObject("started_at", OffsetDateTime.class).toInstant(),
        PostgresCalls.instant(row, "ended_at"),
        Optional.ofNullable(row.getObject("exit_code", Integer.class)),
        row.getString("output"),
        row.getString("reason"));
  }

  @Override
  public Set<String> disabled() throws QueueException {
    return new HashSet<>(
        query(
            "SELECT task FROM trifold.task_disabled", select -> {}, row -> row.getString("task")));
  }

  @Override
  public void disable(String task, String by) throws QueueException {
    update(
        "INSERT INTO trifold.task_disabled (task, disabled_by) VALUES (?, ?)"
            + " ON CONFLICT DO NOTHING",
        insert -> {
          insert.setString(1, task);
          insert.setString(2, by);
        });
  }

  @Override
  public void enable(String task) throws QueueException {
    update("DELETE FROM trifold.task_disabled WHERE task = ?", delete -> delete.setString(1, task));
  }

  @Override
  public Set<String> limit() throws QueueException {
    return new HashSet<>(
        query("SELECT task FROM trifold.task_limit", select -> {}, row -> row.getString("task")));
  }

  @Override
  public void limit(Set<String> tasks, String by) throws QueueException {
    String[] names = tasks.toArray(String[]::new);
    update(
        """
        WITH others AS (DELETE FROM trifold.task_limit WHERE task <> ALL (?))
        INSERT INTO trifold.task_limit (task, limited_by) SELECT unnest(?), ?
        ON CONFLICT DO NOTHING
        """,
        update -> {
          update.setArray(1, update.getConnection().createArrayOf("text", names));
          update.setArray(2, update.getConnection().createArrayOf("text", names));
          update.setString(3, by);
        });
  }
}
