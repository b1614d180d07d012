package io.trifold.queue.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.trifold.queue.QueueException.Refused;
import io.trifold.queue.QueueSettings;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedPostgresIT {
  private static final String NOBODY = "65534";

  /** The programs, unpacked once for all the tests. */
  @TempDir static Path unpacked;

  @TempDir(cleanup = CleanupMode.ALWAYS)
  Path directory;

  private Path state;
  private final List<Client> clients = new ArrayList<>();

  /** A process that has joined. */
  private record Client(Process process, BufferedReader output, String url) {
    void leave() throws IOException, InterruptedException {
      process.getOutputStream().close();
      assertThat(output.readLine()).isEqualTo("left");
      assertThat(process.waitFor()).isZero();
    }

    void kill() throws InterruptedException {
      process.destroyForcibly().waitFor();
    }
  }

  @BeforeEach
  void placeThePrograms() throws Exception {
    state = Files.createDirectories(directory.resolve("a state directory"));
    Binaries.in(unpacked);
    Path programs = unpacked.resolve("pgsql-" + Binaries.version());
    copy(programs, Files.createDirectory(state.resolve("queue")).resolve(programs.getFileName()));
  }

  @AfterEach
  void stopWhatRuns() throws Exception {
    for (Client client : clients) {
      client.kill();
    }
    EmbeddedPostgres.join(state).close();
    assertThat(serverProcesses()).isEmpty();
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> tree = Files.walk(from)) {
      for (Path source : tree.toList()) {
        Path target = to.resolve(from.relativize(source));
        Files.copy(source, target, StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
  }

  private Client start(List<String> prefix, String classPath) throws IOException {
    List<String> command = new ArrayList<>(prefix);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", classPath, EmbeddedClient.class.getName(), state.toString()));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    BufferedReader output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    Client client = new Client(process, output, output.readLine());
    clients.add(client);
    return client;
  }

  private Client start() throws IOException {
    return start(List.of(), System.getProperty("java.class.path"));
  }

  private static Connection connect(QueueSettings settings) throws SQLException {
    return DriverManager.getConnection(
        settings.jdbcUrl(), settings.user().orElseThrow(), settings.password().orElseThrow());
  }

  private static String query(QueueSettings settings, String sql) throws SQLException {
    try (Connection connection = connect(settings);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }

  private static void execute(QueueSettings settings, String sql) throws SQLException {
    try (Connection connection = connect(settings);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private List<ProcessHandle> serverProcesses() {
    return ProcessHandle.allProcesses()
        .filter(process -> process.info().command().orElse("").startsWith(state.toString()))
        .toList();
  }

  private long postmaster() throws IOException {
    return Long.parseLong(
        Files.readAllLines(state.resolve("queue/data/postmaster.pid")).get(0).strip());
  }

  private static int port(QueueSettings settings) {
    return URI.create(settings.jdbcUrl().substring("jdbc:".length())).getPort();
  }

  @Test
  void theFirstStartsItAndTheLastStopsIt() throws Exception {
    EmbeddedPostgres first = EmbeddedPostgres.join(state);
    EmbeddedPostgres second = EmbeddedPostgres.join(state);
    assertThat(second.settings()).isEqualTo(first.settings());
    first.close();
    first.close();
    assertThat(query(second.settings(), "SELECT 1")).isEqualTo("1");
    second.close();
    assertThat(serverProcesses()).isEmpty();
    assertThatThrownBy(() -> connect(second.settings())).hasMessageContaining("refused");
  }

  @Test
  void itsDataAndItsPortStay() throws Exception {
    QueueSettings settings;
    try (EmbeddedPostgres postgres = EmbeddedPostgres.join(state)) {
      settings = postgres.settings();
      execute(settings, "CREATE TABLE kept AS SELECT 42 AS value");
    }
    try (EmbeddedPostgres postgres = EmbeddedPostgres.join(state)) {
      assertThat(postgres.settings()).isEqualTo(settings);
      assertThat(query(settings, "SELECT value FROM kept")).isEqualTo("42");
    }
  }

  @Test
  void processesShareIt() throws Exception {
    Client client = start();
    EmbeddedPostgres postgres = EmbeddedPostgres.join(state);
    assertThat(postgres.settings().jdbcUrl()).isEqualTo(client.url());
    postgres.close();
    assertThat(query(postgres.settings(), "SELECT 1")).isEqualTo("1");
    client.leave();
    assertThat(serverProcesses()).isEmpty();
  }

  @Test
  void processesThatJoinAndLeaveAtOnceNeverMeetAStoppedServer() throws Exception {
    for (int round = 0; round < 3; round++) {
      Client one = start();
      Client two = start();
      one.process().getOutputStream().close();
      two.process().getOutputStream().close();
      try (EmbeddedPostgres postgres = EmbeddedPostgres.join(state)) {
        assertThat(query(postgres.settings(), "SELECT 1")).isEqualTo("1");
        assertThat(one.process().waitFor()).isZero();
        assertThat(two.process().waitFor()).isZero();
        assertThat(query(postgres.settings(), "SELECT 1")).isEqualTo("1");
      }
      assertThat(serverProcesses()).isEmpty();
    }
  }

  @Test
  void itOutlivesTheProcessThatStartedIt() throws Exception {
    Client client = start();
    client.kill();
    assertThat(serverProcesses()).isNotEmpty();
    EmbeddedPostgres postgres = EmbeddedPostgres.join(state);
    assertThat(postgres.settings().jdbcUrl()).isEqualTo(client.url());
    assertThat(query(postgres.settings(), "SELECT 1")).isEqualTo("1");
    postgres.close();
    assertThat(serverProcesses()).isEmpty();
  }

  @Test
  void itIsInASessionOfItsOwnAndHoldsNothingOfItsStarters() throws Exception {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.join(state)) {
      Path process = Path.of("/proc", Long.toString(postmaster()));
      String[] fields =
          Files.readString(process.resolve("stat")).replaceFirst(".*\\) ", "").split(" ", -1);
      assertThat(Long.parseLong(fields[3])).as("session").isEqualTo(postmaster());
      try (Stream<Path> descriptors = Files.list(process.resolve("fd"))) {
        for (Path descriptor : descriptors.toList()) {
          String target = Files.readSymbolicLink(descriptor).toString();
          assertThat(target.startsWith("pipe:") && isOurs(target)).as(target).isFalse();
        }
      }
      assertThat(postgres.settings().jdbcUrl()).contains("127.0.0.1");
    }
  }

  private static boolean isOurs(String pipe) throws IOException {
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      for (Path descriptor : descriptors.toList()) {
        if (Files.isSymbolicLink(descriptor)
            && Files.readSymbolicLink(descriptor).toString().equals(pipe)) {
          return true;
        }
      }
    }
    return false;
  }

  @Test
  void aKilledServerIsStartedAgainThoughItsProcessNumberLives() throws Exception {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.join(state)) {
      QueueSettings settings = postgres.settings();
      execute(settings, "CREATE TABLE kept AS SELECT 42 AS value");
      Path told = state.resolve("queue/data/postmaster.pid");
      ProcessHandle.of(postmaster()).orElseThrow().destroyForcibly();
      List<String> lines = new ArrayList<>(Files.readAllLines(told));
      lines.set(0, Long.toString(ProcessHandle.current().pid()));
      Files.write(told, lines);
      assertThat(postgres.ensureRunning()).isEqualTo(settings);
      assertThat(query(settings, "SELECT value FROM kept")).isEqualTo("42");
    }
  }

  @Test
  void anotherPortIsTakenIfSomebodyHasItsOwn() throws Exception {
    EmbeddedPostgres before = EmbeddedPostgres.join(state);
    before.close();
    try (ServerSocket taken =
            new ServerSocket(
                port(before.settings()), 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
        EmbeddedPostgres postgres = EmbeddedPostgres.join(state)) {
      assertThat(port(postgres.settings())).isNotEqualTo(taken.getLocalPort());
      assertThat(query(postgres.settings(), "SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void whatWasLeftHalfDoneIsDoneAnew() throws Exception {
    Path home = state.resolve("queue");
    FileTrees.delete(home.resolve("pgsql-" + Binaries.version()));
    for (String half : List.of("pgsql-" + Binaries.version() + ".unpacking", "data.initialising")) {
      Files.writeString(Files.createDirectory(home.resolve(half)).resolve("PG_VERSION"), "half");
    }
    Files.writeString(home.resolve("password.new"), "half");
    Files.writeString(home.resolve("port"), "half");
    try (EmbeddedPostgres postgres = EmbeddedPostgres.join(state)) {
      assertThat(query(postgres.settings(), "SHOW server_version")).startsWith("18");
    }
  }

  @Test
  void aDatabaseThatWasNotYetMadeIsMadeByTheNext() throws Exception {
    EmbeddedPostgres first = EmbeddedPostgres.join(state);
    String other = first.settings().jdbcUrl().replace("/trifold", "/postgres");
    execute(
        new QueueSettings(other, first.settings().user(), first.settings().password()),
        "DROP DATABASE trifold");
    EmbeddedPostgres second = EmbeddedPostgres.join(state);
    assertThat(query(second.settings(), "SELECT current_database()")).isEqualTo("trifold");
    second.close();
    first.close();
  }

  @Test
  void itIsDurableAndClosedToOthers() throws Exception {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.join(state)) {
      QueueSettings settings = postgres.settings();
      assertThat(query(settings, "SHOW fsync")).isEqualTo("on");
      assertThat(query(settings, "SHOW listen_addresses")).isEqualTo("127.0.0.1");
      assertThat(query(settings, "SHOW unix_socket_directories")).isEmpty();
      Path password = state.resolve("queue/password");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(password)))
          .isEqualTo("rw-------");
      assertThatThrownBy(() -> DriverManager.getConnection(settings.jdbcUrl(), "trifold", "wrong"))
          .hasMessageContaining("password authentication failed");
      assertThat(settings.toString()).doesNotContain(settings.password().orElseThrow());
    }
  }

  @Test
  void dataOfAnotherMajorVersionAreRefused() throws Exception {
    EmbeddedPostgres.join(state).close();
    Path version = state.resolve("queue/data/PG_VERSION");
    String current = Files.readString(version);
    Files.writeString(version, "12\n");
    assertThatThrownBy(() -> EmbeddedPostgres.join(state))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("PostgreSQL 12");
    Files.writeString(version, current);
  }

  @Test
  void anOrdinaryUserRunsItToo() throws Exception {
    assumeTrue(
        Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0),
        "as an ordinary user, all the other tests show it");
    FileTrees.delete(state.resolve("queue"));
    Path root = Files.createTempDirectory("trifold ordinary");
    Path before = state;
    try {
      Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxrwxrwx"));
      String classPath = readable(root);
      state = root.resolve("state");
      Client client =
          start(
              List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups"),
              classPath);
      assertThat(client.url()).startsWith("jdbc:postgresql://127.0.0.1:");
      assertThat(Files.getAttribute(Path.of("/proc/" + postmaster()), "unix:uid"))
          .isEqualTo(Integer.valueOf(NOBODY));
      client.leave();
      assertThat(serverProcesses()).isEmpty();
    } finally {
      for (Client client : clients) {
        client.kill();
      }
      serverProcesses().forEach(ProcessHandle::destroyForcibly);
      state = before;
      FileTrees.delete(root);
    }
  }

  /** The class path, copied to where any user can read it. */
  private static String readable(Path root) throws IOException {
    Path target = Files.createDirectory(root.resolve("classes"));
    List<String> entries = new ArrayList<>();
    int number = 0;
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      Path source = Path.of(entry);
      if (Files.exists(source)) {
        Path copied = target.resolve(number++ + "-" + source.getFileName());
        copy(source, copied);
        entries.add(copied.toString());
      }
    }
    return String.join(File.pathSeparator, entries);
  }

  @Test
  void aDirectoryThatAShellWouldMisreadIsRefused() {
    assertThatThrownBy(() -> EmbeddedPostgres.join(directory.resolve("a$b")))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("choose another --state");
  }
}
