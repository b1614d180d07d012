package io.trifold.queue.embedded;

import io.trifold.queue.QueueException.Refused;
import io.trifold.queue.QueueSettings;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * One PostgreSQL server and its data in a directory. All methods are called under the start lock.
 *
 * <p>The server and each of its processes hold a shared {@code flock} on {@code server.lock}, which
 * they inherit. So it can be told for certain whether one of them lives, whatever {@code
 * postmaster.pid} says: process numbers come again after a reboot, and differ between containers.
 */
final class Cluster {
  static final String DATABASE = "trifold";
  private static final String USER = "trifold";
  private static final int STARTS = 5;
  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(60);
  private static final int HELD = 75;
  private static final int PAUSE_MILLIS = 100;

  /** The line of {@code postmaster.pid} that has the port. */
  private static final int PORT_LINE = 3;

  private static final int LOG_TAIL_LINES = 20;
  private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private static final String CONFIGURATION =
      """

      listen_addresses = '127.0.0.1'
      unix_socket_directories = ''
      max_connections = 100
      shared_buffers = 64MB
      max_wal_size = 256MB
      fsync = on
      synchronous_commit = on
      full_page_writes = on
      log_checkpoints = off
      """;

  private final Path home;
  private final Path data;
  private final Path password;
  private final Path port;
  private final Path log;
  private final Path serverLock;
  private final Command command;

  Cluster(Path home) {
    this.home = home;
    data = home.resolve("data");
    password = home.resolve("password");
    port = home.resolve("port");
    log = home.resolve("log");
    serverLock = home.resolve("server.lock");
    command = Command.in(home);
  }

  /** Starts the server if it does not run. */
  QueueSettings ensureRunning() throws IOException, InterruptedException, Refused {
    long deadline = System.nanoTime() + ANSWER_LIMIT.toNanos();
    while (isRunning()) {
      Optional<QueueSettings> running = answering();
      if (running.isPresent()) {
        return running.get();
      }
      // It starts, recovers or stops just now.
      if (System.nanoTime() > deadline) {
        throw new Refused("the database in " + home + " runs, but does not answer: see " + log);
      }
      Thread.sleep(PAUSE_MILLIS);
    }
    Binaries binaries = Binaries.in(home);
    initialise(binaries);
    return start(binaries);
  }

  private boolean isRunning() throws IOException, InterruptedException, Refused {
    Command.Result result =
        command.run(
            List.of(
                "flock",
                "--exclusive",
                "--nonblock",
                "--conflict-exit-code=" + HELD,
                serverLock.toString(),
                "true"));
    if (result.status() == HELD) {
      return true;
    }
    result.orFail("cannot lock " + serverLock);
    return false;
  }

  /** The running server, if it is up and takes the password. */
  private Optional<QueueSettings> answering() throws IOException {
    Path told = data.resolve("postmaster.pid");
    if (!Files.exists(told) || !Files.exists(password)) {
      return Optional.empty();
    }
    List<String> lines = Files.readAllLines(told, StandardCharsets.ISO_8859_1);
    int runningOn = lines.size() > PORT_LINE ? portOf(lines.get(PORT_LINE)) : 0;
    if (runningOn == 0) {
      return Optional.empty();
    }
    QueueSettings settings = settings(runningOn);
    try {
      createDatabase(settings);
      return Optional.of(settings);
    } catch (SQLException e) {
      return Optional.empty();
    }
  }

  private void initialise(Binaries binaries) throws IOException, InterruptedException, Refused {
    Path version = data.resolve("PG_VERSION");
    if (Files.exists(version)) {
      String found = Files.readString(version).strip();
      if (!found.equals(Binaries.majorVersion())) {
        throw new Refused(
            data
                + " is of PostgreSQL "
                + found
                + ", and this program brings "
                + Binaries.majorVersion()
                + ": move the data with pg_dumpall, or give --queue JDBC-URL");
      }
      return;
    }
    Path beside = home.resolve("data.initialising");
    FileTrees.delete(beside);
    if (!Files.exists(password)) {
      writePassword();
    }
    List<String> initdb =
        List.of(
            binaries.program("initdb").toString(),
            "--pgdata=" + beside.getFileName(),
            "--username=" + USER,
            "--pwfile=" + password.getFileName(),
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--no-instructions");
    Command.Result result = command.run(asServer(initdb));
    if (result.output().contains("unshare:")) {
      throw new Refused(
          "PostgreSQL does not run as root, and this machine does not let root make a user"
              + " namespace for it: mount as another user, or give --queue JDBC-URL");
    }
    result.orFail("cannot make the database in " + home);
    Files.writeString(beside.resolve("postgresql.conf"), CONFIGURATION, StandardOpenOption.APPEND);
    FileTrees.place(beside, data);
  }

  private void writePassword() throws IOException {
    byte[] bytes = new byte[24];
    new SecureRandom().nextBytes(bytes);
    Path beside = home.resolve("password.new");
    Files.deleteIfExists(beside);
    Files.createFile(beside, OWNER_ONLY);
    Files.writeString(beside, HexFormat.of().formatHex(bytes) + "\n");
    Files.move(beside, password, StandardCopyOption.ATOMIC_MOVE);
  }

  private QueueSettings start(Binaries binaries) throws IOException, InterruptedException, Refused {
    if (!Files.exists(password)) {
      throw new Refused(
          "the password file "
              + password
              + " is gone: restore it, or remove "
              + home
              + " to begin"
              + " anew");
    }
    for (int starts = 1; ; starts++) {
      if (!isRunning()) {
        // Of a server that was killed. No process of it lives, or the lock would be held.
        Files.deleteIfExists(data.resolve("postmaster.pid"));
      }
      int chosen = choosePort();
      Files.writeString(port, chosen + "\n");
      Command.Result result = command.run(startCommand(binaries, chosen));
      if (result.succeeded()) {
        QueueSettings settings = settings(chosen);
        try {
          createDatabase(settings);
        } catch (SQLException e) {
          throw new Refused(
              "the database in " + home + " runs, but cannot be used: " + e.getMessage(), e);
        }
        return settings;
      }
      if (starts == STARTS || isFree(chosen)) {
        throw new Refused("cannot start the database in " + home + ": " + lastWords(result));
      }
    }
  }

  private List<String> startCommand(Binaries binaries, int chosen) throws IOException {
    List<String> start = new ArrayList<>();
    start.addAll(List.of("flock", "--shared", "--timeout", "30", serverLock.toString()));
    start.addAll(
        asServer(
            List.of(
                binaries.program("pg_ctl").toString(),
                "start",
                "--pgdata=" + data.getFileName(),
                "--log=" + log.getFileName(),
                "--options=-p " + chosen,
                "--wait",
                "--timeout=120")));
    return start;
  }

  /** What the server wrote last says more than "could not start". */
  private String lastWords(Command.Result result) throws IOException {
    if (!Files.exists(log)) {
      return result.output().strip();
    }
    List<String> lines = Files.readAllLines(log, StandardCharsets.ISO_8859_1);
    return lines.subList(Math.max(0, lines.size() - LOG_TAIL_LINES), lines.size()).stream()
            .filter(line -> line.contains("FATAL") || line.contains("PANIC"))
            .reduce((first, last) -> last)
            .orElse(result.output().strip().replace('\n', ' '))
        + " (see "
        + log
        + ")";
  }

  /** The same as before if it is free: mounts that were cut off find it again. */
  private int choosePort() throws IOException {
    if (Files.exists(port)) {
      int before = portOf(Files.readString(port));
      if (isFree(before)) {
        return before;
      }
    }
    try (ServerSocket any = new ServerSocket(0, 1, loopback())) {
      return any.getLocalPort();
    }
  }

  private static InetAddress loopback() throws IOException {
    return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
  }

  private static boolean isFree(int port) throws IOException {
    if (port == 0) {
      return false;
    }
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(loopback(), port), 1);
      return true;
    } catch (BindException e) {
      return false;
    }
  }

  /** 0 if the text is no port. */
  private static int portOf(String text) {
    String digits = text.strip();
    return digits.matches("[1-9][0-9]{0,4}") && Integer.parseInt(digits) <= 65535
        ? Integer.parseInt(digits)
        : 0;
  }

  /**
   * The database is made after the start, and whoever made the start may have been killed before.
   */
  private static void createDatabase(QueueSettings settings) throws SQLException {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setUrl(settings.jdbcUrl());
    source.setDatabaseName("postgres");
    source.setUser(settings.user().orElseThrow());
    source.setPassword(settings.password().orElseThrow());
    source.setConnectTimeout(5);
    source.setSocketTimeout(30);
    try (Connection connection = source.getConnection();
        Statement statement = connection.createStatement()) {
      boolean exists;
      try (ResultSet row =
          statement.executeQuery("SELECT 1 FROM pg_database WHERE datname = '" + DATABASE + "'")) {
        exists = row.next();
      }
      if (!exists) {
        statement.execute("CREATE DATABASE " + DATABASE);
      }
    }
  }

  private QueueSettings settings(int onPort) throws IOException {
    return new QueueSettings(
        "jdbc:postgresql://127.0.0.1:" + onPort + "/" + DATABASE,
        Optional.of(USER),
        Optional.of(Files.readString(password).strip()));
  }

  /** Stops the server if it runs. */
  void stop() throws IOException, InterruptedException, Refused {
    if (isRunning()) {
      List<String> stop =
          List.of(
              Binaries.in(home).program("pg_ctl").toString(),
              "stop",
              "--pgdata=" + data.getFileName(),
              "--mode=fast",
              "--wait",
              "--timeout=120");
      command.run(asServer(stop)).orFail("cannot stop the database in " + home);
    }
  }

  /**
   * PostgreSQL does not run as root. In a user namespace without a mapping the same user is not
   * root to itself, and still the owner of its files: so the state directory can stay closed to all
   * others, which it could not with a user of its own.
   */
  private static List<String> asServer(List<String> program) throws IOException {
    if (!Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)) {
      return program;
    }
    List<String> wrapped = new ArrayList<>(List.of("unshare", "--user"));
    wrapped.addAll(program);
    return wrapped;
  }
}
