package io.trifold.queue;

import io.trifold.queue.QueueException.Refused;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.postgresql.ds.PGSimpleDataSource;

/** How this program connects: time limits everywhere, so that no call outlives a dead network. */
final class Connections {
  private static final String PREFIX = "jdbc:postgresql:";

  /**
   * What the driver logs it throws as well, and the log has whole URLs. Kept, or it is collected.
   */
  private static final Logger DRIVER_LOG = Logger.getLogger("org.postgresql");

  static {
    DRIVER_LOG.setLevel(Level.OFF);
  }

  private Connections() {}

  /**
   * @throws Refused if the URL is not one of PostgreSQL
   */
  static PGSimpleDataSource dataSource(QueueSettings settings, String applicationName)
      throws Refused {
    PGSimpleDataSource source = new PGSimpleDataSource();
    if (!settings.jdbcUrl().startsWith(PREFIX)) {
      throw notPostgres(settings);
    }
    try {
      source.setUrl(settings.jdbcUrl());
    } catch (IllegalArgumentException e) {
      // Without the cause: its message has the whole URL, password included.
      throw notPostgres(settings);
    }
    settings.user().ifPresent(source::setUser);
    settings.password().ifPresent(source::setPassword);
    source.setApplicationName(applicationName);
    source.setConnectTimeout(5);
    source.setLoginTimeout(10);
    source.setSocketTimeout(60);
    source.setTcpKeepAlive(true);
    return source;
  }

  private static Refused notPostgres(QueueSettings settings) {
    return new Refused(
        "\""
            + settings.shownUrl()
            + "\" is not a PostgreSQL URL: write jdbc:postgresql://HOST[:PORT]/DATABASE");
  }
}
