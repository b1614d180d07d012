package io.trifold.queue;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pool of connections, and whether the database answers. Thread-safe.
 *
 * <p>Each piece of work is one autocommitted statement that may be done twice: so a connection that
 * turns out to be dead costs a second try, and a dead host never holds a lock.
 */
final class Database implements AutoCloseable {
  /** Work on a connection; may be run again after it failed. */
  interface Work<T> {
    T on(Connection connection) throws SQLException, QueueException;
  }

  private static final Logger log = LoggerFactory.getLogger(Database.class);
  private static final int TRIES = 3;

  private final SqlErrors errors;
  private final HikariDataSource pool;
  private volatile boolean reachable = true;

  Database(QueueSettings settings, String applicationName, String poolName, int connections)
      throws QueueException {
    errors = new SqlErrors(settings);
    HikariConfig config = new HikariConfig();
    config.setPoolName(poolName);
    config.setDataSource(Connections.dataSource(settings, applicationName));
    config.setMaximumPoolSize(connections);
    config.setMinimumIdle(1);
    config.setConnectionTimeout(Duration.ofSeconds(3).toMillis());
    config.setValidationTimeout(Duration.ofSeconds(2).toMillis());
    config.setKeepaliveTime(Duration.ofSeconds(60).toMillis());
    // A database that is away is told by the first call, not by the constructor.
    config.setInitializationFailTimeout(-1);
    pool = new HikariDataSource(config);
  }

  <T> T call(Work<T> work) throws QueueException {
    for (int tries = 1; ; tries++) {
      boolean connected = false;
      try (Connection connection = pool.getConnection()) {
        connected = true;
        T result = work.on(connection);
        answered();
        return result;
      } catch (QueueException e) {
        throw failed(e);
      } catch (SQLException e) {
        boolean again = connected && tries < TRIES && SqlErrors.isWorthAnotherTry(e);
        if (!again) {
          throw failed(errors.translate(e));
        }
      }
    }
  }

  private void answered() {
    if (!reachable) {
      reachable = true;
      log.info("the queue answers again");
    }
  }

  private QueueException failed(QueueException e) {
    if (e instanceof QueueException.Unreachable) {
      if (reachable) {
        reachable = false;
        log.warn("{}", e.getMessage());
      }
    } else {
      answered();
    }
    return e;
  }

  boolean reachable() {
    return reachable;
  }

  @Override
  public void close() {
    pool.close();
  }
}
