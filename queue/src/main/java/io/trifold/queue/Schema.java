package io.trifold.queue;

import io.trifold.queue.QueueException.Refused;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;

/** Brings the database's schema up to date. */
final class Schema {
  static final String NAME = "trifold";

  /** The oldest server that has all that the schema and the statements need. */
  private static final int OLDEST_SERVER = 15;

  /** Any number that nobody else takes; hosts that open at once wait for each other here. */
  private static final long LOCK = 7881702260482471268L;

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
