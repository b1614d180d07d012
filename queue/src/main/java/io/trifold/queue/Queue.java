package io.trifold.queue;

import io.trifold.queue.QueueException.Refused;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import java.util.function.Supplier;
import org.postgresql.PGConnection;
import org.postgresql.ds.PGSimpleDataSource;

/** Opens the farm's log. */
public final class Queue {
  private static final int PROBE_MILLIS = 3000;

  /**
   * Two that send a large file, two that fetch one, and one each for capture and apply: over a slow
   * line nobody is to wait for those before him.
   */
  private static final int CONNECTIONS = 6;

  private Queue() {}

  /**
   * Opens the log in this database for one host: brings the schema up to date, makes the farm if
   * there is none, checks the key, registers the host.
   *
   * @throws QueueException.Unreachable if the database cannot be reached now
   * @throws QueueException.Refused if it or the farm says no: not a PostgreSQL URL, wrong password,
   *     unknown database, another key, the host's name in use by another live host
   */
  public static FarmLog open(QueueSettings settings, FarmKey key, Membership membership)
      throws QueueException {
    PGSimpleDataSource source = Connections.dataSource(settings, "trifold " + membership.host());
    try (Connection connection = source.getConnection();
        Connection other = source.getConnection()) {
      checkNotifications(connection, other, settings);
      Schema.migrate(connection, source);
    } catch (SQLException e) {
      throw new SqlErrors(settings).translate(e);
    }
    Database database =
        new Database(settings, "trifold " + membership.host(), "trifold-queue", CONNECTIONS);
    try {
      UUID epoch = new Farm(database).join(key, settings);
      HostRegistry registry = new HostRegistry(database, membership);
      registry.register();
      return new PostgresFarmLog(database, epoch, key, membership, registry);
    } catch (QueueException | RuntimeException e) {
      database.close();
      throw e;
    }
  }

  /**
   * Opens the stream of log lines for one host, whether or not the database can be reached. It is
   * there once {@link #open} has succeeded, for this host or another.
   *
   * @throws QueueException.Refused if the URL is not one of PostgreSQL
   */
  public static LineStream openLines(
      QueueSettings settings, Supplier<FarmKey> keys, Membership membership) throws QueueException {
    return new PostgresLineStream(settings, keys, membership);
  }

  /**
   * A pooler in transaction mode accepts {@code LISTEN} and then never delivers. So one connection
   * listens and another tells it something.
   */
  private static void checkNotifications(
      Connection listener, Connection teller, QueueSettings settings) throws SQLException, Refused {
    String channel = "trifold_probe_" + UUID.randomUUID().toString().replace("-", "");
    try (Statement listen = listener.createStatement();
        Statement tell = teller.createStatement()) {
      listen.execute("LISTEN " + channel);
      tell.execute("NOTIFY " + channel);
      int told = listener.unwrap(PGConnection.class).getNotifications(PROBE_MILLIS).length;
      listen.execute("UNLISTEN " + channel);
      if (told == 0) {
        throw new Refused(
            "notifications do not arrive through "
                + settings.shownUrl()
                + ": a pooler in transaction mode? give the URL of the server itself");
      }
    }
  }
}
