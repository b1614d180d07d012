import io.trifold.queue.FarmKey;
import io.trifold.queue.FarmLog;
import io.trifold.queue.HeadWatch;
import io.trifold.queue.Membership;
import io.trifold.queue.Queue;
import io.trifold.queue.QueueSettings;
import io.trifold.queue.embedded.EmbeddedPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the benchmark of the queue does to the database itself. Started from its source, with
 * trifold.jar as the class path.
 *
 * <pre>
 * QueueBench bytea STATE MIB            inserts so many MiB as bytea, in rows of 1 MiB; prints the nanoseconds of a MiB
 * QueueBench chunks STATE               how many chunks there are
 * QueueBench readers STATE KEY COUNT    so many hosts that read the log and apply nothing, until standard input ends
 * </pre>
 *
 * STATE is the directory whose embedded database is running.
 */
public final class QueueBench {
  public static void main(String[] arguments) throws Exception {
    // Run from the repository's root: the database was started by a mount and stays with it.
    try (EmbeddedPostgres server = EmbeddedPostgres.join(Path.of(arguments[1]))) {
      QueueSettings settings = server.settings();
      switch (arguments[0]) {
        case "bytea" -> bytea(settings, Integer.parseInt(arguments[2]));
        case "chunks" -> chunks(settings);
        case "readers" ->
            readers(settings, Path.of(arguments[2]), Integer.parseInt(arguments[3]));
        default -> throw new IllegalArgumentException(arguments[0]);
      }
    }
  }

  private static Connection connect(QueueSettings settings) throws Exception {
    return DriverManager.getConnection(
        settings.jdbcUrl(), settings.user().orElseThrow(), settings.password().orElseThrow());
  }

  /** What the database takes at best: committed row by row, not compressed, one connection. */
  private static void bytea(QueueSettings settings, int mib) throws Exception {
    byte[] block = new byte[1 << 20];
    new Random(1).nextBytes(block);
    try (Connection connection = connect(settings);
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE SCHEMA IF NOT EXISTS bench");
      statement.execute("DROP TABLE IF EXISTS bench.block");
      statement.execute("CREATE TABLE bench.block (id integer PRIMARY KEY, data bytea NOT NULL)");
      statement.execute("ALTER TABLE bench.block ALTER COLUMN data SET STORAGE EXTERNAL");
      try (PreparedStatement insert =
          connection.prepareStatement("INSERT INTO bench.block VALUES (?, ?)")) {
        long begin = System.nanoTime();
        for (int i = 0; i < mib; i++) {
          insert.setInt(1, i);
          block[i % block.length] ^= 1;
          insert.setBytes(2, block);
          insert.executeUpdate();
        }
        System.out.println((System.nanoTime() - begin) / mib);
      }
      statement.execute("DROP SCHEMA bench CASCADE");
    }
  }

  private static void chunks(QueueSettings settings) throws Exception {
    try (Connection connection = connect(settings);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT count(*) FROM trifold.chunk")) {
      row.next();
      System.out.println(row.getLong(1));
    }
  }

  private static void readers(QueueSettings settings, Path key, int count) throws Exception {
    AtomicBoolean ended = new AtomicBoolean();
    List<Thread> threads = new ArrayList<>();
    Semaphore ready = new Semaphore(0);
    for (int i = 0; i < count; i++) {
      String name = "reader-" + i;
      Thread thread = new Thread(() -> read(settings, key, name, ready, ended), name);
      thread.start();
      threads.add(thread);
    }
    ready.acquire(count);
    System.out.println("ready");
    while (System.in.read() >= 0) {
      // Until whoever started this closes it.
    }
    ended.set(true);
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private static void told(long position, AtomicLong head, Semaphore news) {
    head.set(position);
    news.release();
  }

  private static void read(
      QueueSettings settings, Path key, String name, Semaphore ready, AtomicBoolean ended) {
    Membership membership =
        new Membership(name, UUID.randomUUID(), UUID.randomUUID(), "replica", "/bench/" + name);
    Semaphore news = new Semaphore(0);
    AtomicLong head = new AtomicLong();
    try (FarmLog log = Queue.open(settings, FarmKey.loadOrCreate(key), membership);
        HeadWatch watch = new HeadWatch(settings, position -> told(position, head, news))) {
      long position = log.head().position();
      log.acknowledge(position);
      ready.release();
      long beaten = System.nanoTime();
      while (!ended.get()) {
        if (head.get() > position) {
          position = log.page(position, 500).end();
          log.acknowledge(position);
        } else {
          news.tryAcquire(500, TimeUnit.MILLISECONDS);
          news.drainPermits();
        }
        if (System.nanoTime() - beaten > 4_000_000_000L) {
          log.beat();
          beaten = System.nanoTime();
        }
      }
      log.leave();
    } catch (Exception e) {
      throw new IllegalStateException(name, e);
    }
  }
}
