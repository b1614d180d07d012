package io.trifold.endtoend;

import io.trifold.queue.FarmKey;
import io.trifold.queue.Membership;
import io.trifold.queue.Queue;
import io.trifold.queue.QueueException;
import io.trifold.queue.QueueSettings;
import io.trifold.queue.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.UUID;

/**
 * An embedded database that is as the first mount makes it, schema and all, made once and then
 * copied: unpacking and initialising it takes longer than many a test. The first mounts of the
 * tests in package {@code cli} make theirs.
 */
final class PreparedDatabase {
  private static Path prepared;

  private PreparedDatabase() {}

  /** Puts it into a state directory that is not there yet. */
  static void in(Path state) throws IOException, InterruptedException, QueueException {
    Files.createDirectory(state);
    Commands.succeed(List.of("cp", "-a", prepared().toString(), state.resolve("queue").toString()));
  }

  /** Ends that of a state directory at once, as in a crash; what was not committed is gone. */
  static void stop(Path state) throws IOException, InterruptedException {
    List<String> pidFile = Files.readAllLines(state.resolve("queue/data/postmaster.pid"));
    ProcessHandle server = ProcessHandle.of(Long.parseLong(pidFile.get(0).strip())).orElseThrow();
    Commands.succeed(List.of("kill", "-QUIT", Long.toString(server.pid())));
    server.onExit().join();
  }

  /** As the next mount on this machine would. */
  static void start(Path state) throws QueueException {
    try (EmbeddedPostgres joined = EmbeddedPostgres.join(state)) {
      joined.ensureRunning();
    }
  }

  /** Does something with a connection. */
  interface Use {
    void with(Statement statement) throws SQLException;
  }

  /** Lets a test look into that of a state directory, or change it. */
  static void use(Path state, Use use) throws QueueException, SQLException {
    try (EmbeddedPostgres server = EmbeddedPostgres.join(state)) {
      QueueSettings settings = server.settings();
      try (Connection connection =
              DriverManager.getConnection(
                  settings.jdbcUrl(),
                  settings.user().orElseThrow(),
                  settings.password().orElseThrow());
          Statement statement = connection.createStatement()) {
        use.with(statement);
      }
    }
  }

  private static synchronized Path prepared()
      throws IOException, InterruptedException, QueueException {
    if (prepared == null) {
      Path state = Files.createTempDirectory("prepared");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(state)));
      makeSchema(state);
      Path queue = state.resolve("queue");
      for (String ofTheServer :
          List.of("port", "log", "start.lock", "server.lock", "clients.lock")) {
        Files.deleteIfExists(queue.resolve(ofTheServer));
      }
      prepared = queue;
    }
    return prepared;
  }

  /** By a host that leaves no trace: whose key the farm has is for the test's first mount. */
  private static void makeSchema(Path state) throws IOException, QueueException {
    Membership host = new Membership("prepares", UUID.randomUUID(), UUID.randomUUID(), "auto", "/");
    try (EmbeddedPostgres server = EmbeddedPostgres.join(state)) {
      FarmKey key = FarmKey.loadOrCreate(state.resolve("key"));
      Queue.open(server.settings(), key, host).close();
      use(state, statement -> statement.executeUpdate("DELETE FROM trifold.host"));
      use(state, statement -> statement.executeUpdate("DELETE FROM trifold.farm"));
    } catch (SQLException e) {
      throw new IOException("the database cannot be prepared", e);
    }
  }

  private static void delete(Path state) {
    try {
      Commands.succeed(List.of("rm", "-r", state.toString()));
    } catch (IOException | InterruptedException e) {
      System.err.println("the prepared database is left in " + state + ": " + e);
    }
  }
}
