package io.trifold.queue;

import io.trifold.queue.QueueException.Refused;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings the database's schema up to date. */
final class Schema {
  static final String NAME = "trifold";

  /** The oldest server that has all that the schema and the statements need. */
  private static final int OLDEST_SERVER = 15;

  /** Any number that nobody else takes; hosts that open at once wait for each other here. */
  private static final long LOCK = 7881702260482471268L;

  /** The version of the newest migration. */
  static final String NEWEST = "17";

  private static final Logger log = LoggerFactory.getLogger(Schema.class);

  private Schema() {}

  /**
   * @param connection holds the lock meanwhile, and does nothing else
   * @param source for the migration's own connections
   */
  static void migrate(Connection connection, DataSource source) throws SQLException, Refused {
    int server = connection.getMetaData().getDatabaseMajorVersion();
    if (server < OLDEST_SERVER) {
      throw new Refused(
          "the database is PostgreSQL " + server + ": " + OLDEST_SERVER + " or newer is needed");
    }
    if (isCurrent(connection)) {
      return;
    }
    try (Statement lock = connection.createStatement()) {
      run(lock, "SELECT pg_advisory_lock(" + LOCK + ")");
      try {
        Flyway.configure(Schema.class.getClassLoader())
            .loggers(MigrationLog.class.getName())
            .dataSource(source)
            .schemas(NAME)
            .defaultSchema(NAME)
            .table("schema_version")
            .locations("classpath:io/trifold/queue/migration")
            .load()
            .migrate();
      } catch (FlywayException e) {
        throw failure(e);
      } finally {
        run(lock, "SELECT pg_advisory_unlock(" + LOCK + ")");
      }
    }
  }

  /**
   * Whether there is nothing to do. Flyway would find that, too, but takes longer to load than all
   * else that a mount does.
   */
  private static boolean isCurrent(Connection connection) {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT version, success FROM " + NAME + ".schema_version")) {
      boolean current = false;
      while (row.next()) {
        if (!row.getBoolean("success")) {
          return false;
        }
        current |= NEWEST.equals(row.getString("version"));
      }
      return current;
    } catch (SQLException e) {
      // Most likely there is no schema yet. If it is anything else, the migration will say so.
      log.debug("the schema's version cannot be read", e);
      return false;
    }
  }

  private static void run(Statement statement, String sql) throws SQLException {
    try (ResultSet result = statement.executeQuery(sql)) {
      result.next();
    }
  }

  /** The database's own error if there is one: its code says what kind it is. */
  private static Refused failure(FlywayException e) throws SQLException {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException sql) {
        throw sql;
      }
    }
    String first = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    return new Refused("cannot bring the schema \"" + NAME + "\" up to date: " + first, e);
  }
}
