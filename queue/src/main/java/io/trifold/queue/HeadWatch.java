package io.trifold.queue;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells of news in the log: listens on a connection of its own, and polls behind it.
 *
 * <p>A notification may be lost, late or doubled; the poll makes up for it. So the callback only
 * ever means: the log has events up to this position.
 */
public final class HeadWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HeadWatch.class);
  private static final int POLL_MILLIS = 5000;
  private static final int FIRST_BACK_OFF_MILLIS = 100;
  private static final int MOST_BACK_OFF_MILLIS = 5000;

  private final QueueSettings settings;
  private final Subject subject;
  private final LongConsumer onNews;
  private final Runnable onOtherNews;
  private final Thread thread;

  /** Guards {@link #closed} and {@link #current}. */
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition closing = lock.newCondition();
  private boolean closed;
  private Connection current;

  /** What there may be news of. */
  public enum Subject {
    /** The log of events. */
    EVENTS("trifold", "trifold.log_head"),
    /** The stream of log lines. */
    LINES("trifold_lines", "trifold.line_head");

    private final String channel;
    private final String table;

    Subject(String channel, String table) {
      this.channel = channel;
      this.table = table;
    }
  }

  /** Watches the log of events; see {@link #HeadWatch(QueueSettings, Subject, LongConsumer)}. */
  public HeadWatch(QueueSettings settings, LongConsumer onNews) {
    this(settings, Subject.EVENTS, onNews);
  }

  /**
   * The same for who wants to know of more than events.
   *
   * @param onOtherNews called as {@code onNews} is, but for notifications that tell of events alone
   */
  public HeadWatch(QueueSettings settings, LongConsumer onNews, Runnable onOtherNews) {
    this(settings, Subject.EVENTS, onNews, onOtherNews);
  }

  /**
   * Starts the watch, whether or not the database can be reached.
   *
   * @param settings the database
   * @param onNews called with the head's position after {@code LISTEN} is in force (on each
   *     reconnect too), upon notifications, as they tell it, and when there was none for a few
   *     seconds; always on the watch's own thread. What it throws is logged.
   */
  public HeadWatch(QueueSettings settings, Subject subject, LongConsumer onNews) {
    this(settings, subject, onNews, () -> {});
  }

  private HeadWatch(
      QueueSettings settings, Subject subject, LongConsumer onNews, Runnable onOtherNews) {
    this.settings = settings;
    this.subject = subject;
    this.onNews = onNews;
    this.onOtherNews = onOtherNews;
    thread = new Thread(this::run, subject.channel + "-watch");
    thread.setDaemon(true);
    thread.start();
  }

  private void run() {
    int backOff = FIRST_BACK_OFF_MILLIS;
    while (!isClosed()) {
      boolean listened = false;
      try (Connection connection =
          Connections.dataSource(settings, "trifold listener").getConnection()) {
        if (!began(connection)) {
          return;
        }
        listened = true;
        listen(connection);
      } catch (SQLException e) {
        // The pool's own calls tell the user of the outage: once, not from each connection.
        log.debug("the listener's connection failed", e);
      } catch (QueueException e) {
        log.error("no notifications of new events: {}", e.getMessage());
        return;
      }
      backOff = listened ? FIRST_BACK_OFF_MILLIS : Math.min(2 * backOff, MOST_BACK_OFF_MILLIS);
      pause(jittered(backOff));
    }
  }

  private void listen(Connection connection) throws SQLException {
    PGConnection notifications = connection.unwrap(PGConnection.class);
    try (Statement statement = connection.createStatement()) {
      statement.execute("LISTEN " + subject.channel);
      tell(OptionalLong.empty(), statement);
      while (!isClosed()) {
        tell(newest(notifications.getNotifications(jittered(POLL_MILLIS))), statement);
      }
    }
  }

  /** The furthest position that they tell; none if one is a call to look oneself. */
  private static OptionalLong newest(PGNotification[] notifications) {
    long newest = 0;
    for (PGNotification notification : notifications) {
      try {
        newest = Math.max(newest, Long.parseLong(notification.getParameter()));
      } catch (NumberFormatException e) {
        return OptionalLong.empty();
      }
    }
    return newest > 0 ? OptionalLong.of(newest) : OptionalLong.empty();
  }

  private long head(Statement statement) throws SQLException {
    try (ResultSet row = statement.executeQuery("SELECT position FROM " + subject.table)) {
      return row.next() ? row.getLong(1) : 0;
    }
  }

  private void tell(OptionalLong told, Statement statement) throws SQLException {
    // Asking for the head shows that the connection lives, and finds what no notification told.
    long position = told.isPresent() ? told.getAsLong() : head(statement);
    if (isClosed()) {
      return;
    }
    try {
      onNews.accept(position);
      if (told.isEmpty()) {
        onOtherNews.run();
      }
    } catch (RuntimeException e) {
      log.error("what follows new events failed", e);
    }
  }

  /** Hosts that poll at once would meet again and again. */
  private static int jittered(int millis) {
    return ThreadLocalRandom.current().nextInt(millis * 3 / 4, millis * 5 / 4);
  }

  private boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  /** Makes the connection the one that {@link #close} breaks; false if it is too late. */
  private boolean began(Connection connection) {
    lock.lock();
    try {
      current = connection;
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  private void pause(int millis) {
    lock.lock();
    try {
      long left = TimeUnit.MILLISECONDS.toNanos(millis);
      while (!closed && left > 0) {
        left = closing.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      // Only close() ends the watch; nobody else has this thread.
      log.debug("interrupted in a pause", e);
    } finally {
      lock.unlock();
    }
  }

  /** Stops the watch; the callback is not called any more when this returns. */
  @Override
  public void close() {
    Connection connection;
    lock.lock();
    try {
      closed = true;
      connection = current;
      closing.signalAll();
    } finally {
      lock.unlock();
    }
    if (connection != null) {
      try {
        connection.abort(Runnable::run);
      } catch (SQLException e) {
        log.debug("the listener's connection was broken already", e);
      }
    }
    if (Thread.currentThread() != thread) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
