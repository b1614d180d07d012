package io.trifold.daemon;

import io.trifold.config.MountSettings;
import io.trifold.inspect.FarmView;
import io.trifold.logs.LineSource;
import io.trifold.queue.FarmKey;
import io.trifold.queue.FarmLog;
import io.trifold.queue.HeadWatch;
import io.trifold.queue.HostStatus;
import io.trifold.queue.KeyFile;
import io.trifold.queue.LineStream;
import io.trifold.queue.Membership;
import io.trifold.queue.Operations;
import io.trifold.queue.Queue;
import io.trifold.queue.QueueException;
import io.trifold.queue.QueueSettings;
import io.trifold.queue.embedded.EmbeddedPostgres;
import io.trifold.replica.LogSource;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A mount's way to its farm's database: the one in the settings, or the embedded one of the state
 * directory, which it keeps running. Looks around in the farm now and then, for the status.
 */
final class FarmConnection implements LogSource, LineSource, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(FarmConnection.class);

  /** How often it looks while somebody asks, or while the database is away. */
  private static final long LOOK_MILLIS = 2_000;

  /** How old a view may be that nobody has asked for; a host's lease lasts longer. */
  private static final Duration REST = Duration.ofSeconds(10);

  private static final long STOP_MILLIS = 5_000;

  private final Optional<EmbeddedPostgres> embedded;
  private final QueueSettings database;
  private final KeyFile keyFile;
  private final Thread lookout = new Thread(this::lookAround, "trifold-farm");

  private volatile FarmView view = new FarmView(false, Instant.now(), List.of());
  private volatile boolean asked;
  private long lookedNanos = System.nanoTime();

  /** Null until the replica has asked for a session. */
  private volatile Membership membership;

  private volatile Runnable onOtherNews = () -> {};

  /** Null until the replica has opened it. */
  private volatile FarmLog opened;

  private FarmConnection(
      Optional<EmbeddedPostgres> embedded, QueueSettings database, KeyFile keyFile) {
    this.embedded = embedded;
    this.database = database;
    this.keyFile = keyFile;
  }

  /** Starts the embedded database if there is to be one; of another one, opens nothing yet. */
  static FarmConnection open(MountSettings settings) throws QueueException {
    FarmKey.loadOrCreate(settings.farmKey());
    KeyFile keyFile = new KeyFile(settings.farmKey());
    FarmConnection connection;
    if (settings.queue().isPresent()) {
      connection = new FarmConnection(Optional.empty(), settings.queue().get(), keyFile);
    } else {
      EmbeddedPostgres server = EmbeddedPostgres.join(settings.state());
      connection = new FarmConnection(Optional.of(server), server.settings(), keyFile);
    }
    connection.lookout.setDaemon(true);
    connection.lookout.start();
    return connection;
  }

  @Override
  public FarmLog open(Membership membership) throws QueueException {
    this.membership = membership;
    // Each session has the keys that are in the file by then.
    FarmLog farmLog = Queue.open(database, keyFile.key(), membership);
    opened = farmLog;
    return farmLog;
  }

  @Override
  public Watch watch(LongConsumer onNews) {
    return new HeadWatch(database, onNews, () -> onOtherNews.run())::close;
  }

  /** Whoever else is to be told that there may be news, but of events: quick, of any thread. */
  void onOtherNews(Runnable heard) {
    onOtherNews = heard;
  }

  /** What the hosts do together beside the log; to be closed by the caller. */
  Operations operations(String host) throws QueueException {
    return Operations.of(database, keyFile::key, host);
  }

  /** The session, once the replica has opened one. */
  Optional<FarmLog> session() {
    return Optional.ofNullable(opened);
  }

  @Override
  public LineStream openLines() throws QueueException {
    return Queue.openLines(database, keyFile::key, membership);
  }

  @Override
  public Watch watchLines(LongConsumer onNews) {
    return new HeadWatch(database, HeadWatch.Subject.LINES, onNews)::close;
  }

  /** The database as it may be shown. */
  String describe() {
    return embedded.isPresent() ? "embedded, " + database.shownUrl() : database.shownUrl();
  }

  /** What was last seen; never waits. */
  FarmView view() {
    asked = true;
    return view;
  }

  private void lookAround() {
    try {
      while (true) {
        FarmLog farmLog = opened;
        if (farmLog != null && isDue(farmLog)) {
          asked = false;
          lookedNanos = System.nanoTime();
          see(farmLog);
        }
        if (!view.reachable()) {
          revive();
        }
        Thread.sleep(LOOK_MILLIS);
      }
    } catch (InterruptedException e) {
      log.debug("closing", e);
    }
  }

  /** At rest a look now and then is enough: others of the mount's calls find an outage as soon. */
  private boolean isDue(FarmLog farmLog) {
    return asked
        || !view.reachable()
        || !farmLog.reachable()
        || System.nanoTime() - lookedNanos > REST.toNanos();
  }

  private void see(FarmLog farmLog) {
    List<HostStatus> hosts = view.hosts();
    boolean reachable = false;
    try {
      hosts = farmLog.hosts();
      reachable = true;
    } catch (QueueException e) {
      log.debug("cannot see the farm", e);
    }
    Instant since = reachable == view.reachable() ? view.since() : Instant.now();
    view = new FarmView(reachable, since, hosts);
  }

  /** The embedded server has nobody but us to start it again when it was killed. */
  private void revive() {
    if (embedded.isEmpty() || opened == null) {
      return;
    }
    try {
      QueueSettings now = embedded.get().ensureRunning();
      if (!now.equals(database)) {
        log.error(
            "the embedded database has moved to {}: unmount and mount again to follow it",
            now.shownUrl());
      }
    } catch (QueueException e) {
      log.warn("{}", e.getMessage());
    }
  }

  @Override
  public void close() {
    lookout.interrupt();
    try {
      lookout.join(STOP_MILLIS);
      if (embedded.isPresent()) {
        embedded.get().close();
      }
    } catch (QueueException e) {
      log.error("{}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
