package io.trifold.queue;

import io.trifold.queue.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A database of its own for a test, on one embedded server for the whole test process. The server
 * is stopped and removed when the process ends.
 *
 * <pre>{@code
 * try (TestPostgres postgres = TestPostgres.create()) {
 *   FarmLog log = Queue.open(postgres.settings(), key, membership);
 * }
 * }</pre>
 */
public final class TestPostgres implements AutoCloseable {
  private static Server server;

  private final String database;

  private TestPostgres(String database) {
    this.database = database;
  }

  private record Server(EmbeddedPostgres postgres, Path state) {
    static Server start() throws QueueException, IOException {
      Path state = Files.createTempDirectory("trifold postgres ");
      EmbeddedPostgres postgres = EmbeddedPostgres.join(state);
      Server started = new Server(postgres, state);
      Runtime.getRuntime().addShutdownHook(new Thread(started::remove));
      return started;
    }

    private void remove() {
      try {
        postgres.close();
        deleteTree(state);
      } catch (QueueException | IOException e) {
        System.err.println("the test's PostgreSQL is left in " + state + ": " + e.getMessage());
      }
    }
  }

  /** A new, empty database. */
  public static TestPostgres create() throws SQLException, QueueException, IOException {
    String database = "test_" + UUID.randomUUID().toString().replace("-", "");
    onServer("CREATE DATABASE " + database);
    return new TestPostgres(database);
  }

  private static synchronized Server server() throws QueueException, IOException {
    if (server == null) {
      server = Server.start();
    }
    return server;
  }

  private static void onServer(String sql) throws SQLException, QueueException, IOException {
    try (Connection connection = connect(server().postgres().settings());
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static Connection connect(QueueSettings settings) throws SQLException {
    return DriverManager.getConnection(
        settings.jdbcUrl(), settings.user().orElseThrow(), settings.password().orElseThrow());
  }

  /** How to connect to this database. */
  public QueueSettings settings() {
    try {
      QueueSettings settings = server().postgres().settings();
      return new QueueSettings(
          settings.jdbcUrl().replaceFirst("/[^/]*$", "/" + database),
          settings.user(),
          settings.password());
    } catch (QueueException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The same as one URL, user and password included: for programs that take nothing else. */
  public String url() {
    QueueSettings settings = settings();
    return settings.jdbcUrl()
        + "?user="
        + settings.user().orElseThrow()
        + "&password="
        + settings.password().orElseThrow();
  }

  /** A plain connection to this database. */
  public Connection connect() throws SQLException {
    return connect(settings());
  }

  /** Runs one statement in this database. */
  public void execute(String sql) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Has the server speak TLS as well, from the next connection on. */
  void serveTls(Path certificate, Path key)
      throws SQLException, QueueException, IOException, InterruptedException {
    onServer("ALTER SYSTEM SET ssl_cert_file = '" + certificate + "'");
    onServer("ALTER SYSTEM SET ssl_key_file = '" + key + "'");
    onServer("ALTER SYSTEM SET ssl = on");
    reload("on");
  }

  /** Has it speak no TLS any more. */
  void serveNoTls() throws SQLException, QueueException, IOException, InterruptedException {
    onServer("ALTER SYSTEM RESET ssl");
    onServer("ALTER SYSTEM RESET ssl_cert_file");
    onServer("ALTER SYSTEM RESET ssl_key_file");
    reload("off");
  }

  private static void reload(String ssl)
      throws SQLException, QueueException, IOException, InterruptedException {
    onServer("SELECT pg_reload_conf()");
    for (int i = 0; i < 600 && !ssl.equals(ssl()); i++) {
      Thread.sleep(50);
    }
  }

  private static String ssl() throws SQLException, QueueException, IOException {
    try (Connection connection = connect(server().postgres().settings());
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SHOW ssl")) {
      row.next();
      return row.getString(1);
    }
  }

  /** Stops the server, as an administrator would: connections break. */
  public void stop() throws Exception {
    pgCtl("stop", "--mode=fast", "--wait");
  }

  /** Kills the server at once: it recovers at the next start. */
  public void crash() throws Exception {
    pgCtl("stop", "--mode=immediate", "--wait");
  }

  /** Starts the server that was stopped, on the same port. */
  public void start() throws Exception {
    QueueSettings before = server().postgres().settings();
    QueueSettings after = server().postgres().ensureRunning();
    if (!before.jdbcUrl().equals(after.jdbcUrl())) {
      throw new IllegalStateException("the server's port was taken meanwhile");
    }
  }

  private static void pgCtl(String verb, String... options) throws Exception {
    Path home = server().state().resolve("queue");
    Path program;
    try (Stream<Path> entries = Files.list(home)) {
      program =
          entries
              .filter(entry -> entry.getFileName().toString().startsWith("pgsql-"))
              .findFirst()
              .orElseThrow()
              .resolve("bin/pg_ctl");
    }
    Stream<String> command =
        Stream.concat(
            Stream.of(program.toString(), verb, "--pgdata=" + home.resolve("data")),
            Stream.of(options));
    boolean root = Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    List<String> wrapped =
        Stream.concat(root ? Stream.of("unshare", "--user") : Stream.empty(), command).toList();
    int status =
        new ProcessBuilder(wrapped)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start()
            .waitFor();
    if (status != 0) {
      throw new IllegalStateException(wrapped + " failed with status " + status);
    }
  }

  private static void deleteTree(Path directory) throws IOException {
    try (Stream<Path> tree = Files.walk(directory)) {
      for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  /** Drops the database, and breaks the connections to it. */
  @Override
  public void close() throws SQLException, QueueException, IOException {
    onServer("DROP DATABASE " + database + " WITH (FORCE)");
  }

  /** A session of this database's farm under a new state directory's incarnation. */
  public FarmLog open(FarmKey key, String host) throws QueueException {
    return Queue.open(settings(), key, membership(host));
  }

  static Membership membership(String host) {
    return new Membership(host, UUID.randomUUID(), UUID.randomUUID(), "auto", "/srv/" + host);
  }

  static QueueSettings withPassword(QueueSettings settings, String password) {
    return new QueueSettings(settings.jdbcUrl(), settings.user(), Optional.of(password));
  }
}
