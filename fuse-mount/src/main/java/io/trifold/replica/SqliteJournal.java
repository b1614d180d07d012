package io.trifold.replica;

import io.trifold.queue.Digest;
import io.trifold.queue.Metadata;
import io.trifold.queue.Xattrs;
import io.trifold.rules.FileNames;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.sqlite.SQLiteConfig;

/**
 * The journal in an SQLite file: write-ahead log, a commit is on the disk when it returns. One
 * connection writes and another reads, so that a reader does not wait for a writer's disk. Paths
 * are kept as the bytes that they are to the kernel, which is also their order.
 */
final class SqliteJournal implements Journal {
  private static final byte[] FIRST = {};

  /** What brings the file from one version of its tables to the next; the first makes it. */
  private static final List<List<String>> MIGRATIONS =
      List.of(
          List.of(
              "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
              "CREATE TABLE entry (path BLOB PRIMARY KEY, version INTEGER NOT NULL, kind TEXT NOT"
                  + " NULL, mode INTEGER, owner BLOB, \"group\" BLOB, mtime_s INTEGER, mtime_ns"
                  + " INTEGER, size INTEGER NOT NULL, digest BLOB, target BLOB NOT NULL, disk_inode"
                  + " INTEGER, disk_mode INTEGER, disk_uid INTEGER, disk_gid INTEGER, disk_size"
                  + " INTEGER, disk_mtime_s INTEGER, disk_mtime_ns INTEGER, disk_ctime_s INTEGER,"
                  + " disk_ctime_ns INTEGER, disk_settled INTEGER) WITHOUT ROWID",
              "CREATE TABLE mark (path BLOB PRIMARY KEY, ord INTEGER NOT NULL, generation INTEGER"
                  + " NOT NULL, subtree INTEGER NOT NULL, explicit INTEGER NOT NULL, restated"
                  + " INTEGER NOT NULL) WITHOUT ROWID",
              "CREATE TABLE unapplied (path BLOB PRIMARY KEY, position INTEGER NOT NULL,"
                  + " cause TEXT NOT NULL, reason TEXT NOT NULL, since INTEGER NOT NULL,"
                  + " attempts INTEGER NOT NULL) WITHOUT ROWID"),
          List.of(
              "ALTER TABLE entry ADD COLUMN xattrs BLOB",
              "ALTER TABLE entry ADD COLUMN link BLOB",
              "CREATE INDEX entry_link ON entry (link) WHERE link IS NOT NULL",
              "CREATE INDEX entry_linked_inode ON entry (disk_inode) WHERE link IS NOT NULL"),
          List.of(
              "CREATE TABLE lost (path BLOB PRIMARY KEY, version INTEGER NOT NULL, content BLOB NOT"
                  + " NULL) WITHOUT ROWID"),
          List.of("CREATE TABLE placing AS SELECT * FROM entry WHERE 0"),
          List.of(
              "CREATE INDEX entry_content ON entry (digest) WHERE size > "
                  + FileContent.INLINE_LIMIT));

  private static final String PUT_META = "INSERT OR REPLACE INTO meta VALUES (?, ?)";
  private static final String SENT = "sent";

  /** A row of the tables of entries. */
  private static final String ENTRY =
      "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

  private final Path file;
  private final Connection writer;
  private final Connection reader;

  /** For what only has to outlive the process: its commits wait for no disk. */
  private final Connection noter;

  /** Guarded by the reader. */
  private final Map<String, PreparedStatement> reading = new HashMap<>();

  /** Guarded by the writer. */
  private final Map<String, PreparedStatement> writing = new HashMap<>();

  /** Guarded by the writer: SQLite has one writer at a time. */
  private final Map<String, PreparedStatement> noting = new HashMap<>();

  private final UUID incarnation;

  /** Whether the table of lost versions may have rows. */
  private volatile boolean anyLost;

  /** Opens the journal in this file, or makes one with a new incarnation. */
  static SqliteJournal open(Path file) {
    try {
      return new SqliteJournal(file);
    } catch (SQLException | IllegalArgumentException e) {
      throw failure(file, e);
    }
  }

  private SqliteJournal(Path file) throws SQLException {
    this.file = file;
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
    config.setBusyTimeout(10_000);
    String url = "jdbc:sqlite:" + file.toAbsolutePath();
    writer = config.createConnection(url);
    try {
      writer.setAutoCommit(false);
      migrate();
      reader = config.createConnection(url);
      config.setSynchronous(SQLiteConfig.SynchronousMode.NORMAL);
      noter = config.createConnection(url);
      noter.setAutoCommit(false);
      incarnation =
          UUID.fromString(
              meta("incarnation").orElseThrow(() -> new SQLException("no incarnation in it")));
      anyLost = !query("SELECT 1 FROM lost LIMIT 1", row -> true).isEmpty();
    } catch (SQLException | RuntimeException e) {
      writer.close();
      throw e;
    }
  }

  static List<List<String>> migrations() {
    return MIGRATIONS;
  }

  private void migrate() throws SQLException {
    try (Statement statement = writer.createStatement()) {
      int schema;
      try (ResultSet row = statement.executeQuery("PRAGMA user_version")) {
        schema = row.getInt(1);
      }
      if (schema > MIGRATIONS.size()) {
        throw new SQLException("it was made by a newer release");
      }
      for (List<String> migration : MIGRATIONS.subList(schema, MIGRATIONS.size())) {
        for (String sql : migration) {
          statement.executeUpdate(sql);
        }
      }
      if (schema == 0) {
        putMeta("incarnation", UUID.randomUUID().toString());
        putMeta(SENT, "0");
      }
      if (schema < MIGRATIONS.size()) {
        statement.executeUpdate("PRAGMA user_version = " + MIGRATIONS.size());
      }
      writer.commit();
    }
  }

  private static JournalException failure(Path file, Exception e) {
    return new JournalException("the journal " + file + " cannot be used: " + e.getMessage(), e);
  }

  @FunctionalInterface
  private interface Reading<T> {
    T from(ResultSet row) throws SQLException;
  }

  /** One query on the reading connection; arguments are text, numbers or bytes. */
  private <T> List<T> query(String sql, Reading<T> reading, Object... arguments) {
    synchronized (reader) {
      try {
        PreparedStatement statement = prepared(this.reading, reader, sql);
        bind(statement, arguments);
        List<T> result = new ArrayList<>();
        try (ResultSet rows = statement.executeQuery()) {
          while (rows.next()) {
            result.add(reading.from(rows));
          }
        }
        return result;
      } catch (SQLException e) {
        forget(this.reading, e);
        throw failure(file, e);
      } catch (IllegalArgumentException e) {
        throw failure(file, e);
      }
    }
  }

  /** The driver closes a statement that a full disk or an I/O error has ended. */
  private static void forget(Map<String, PreparedStatement> statements, SQLException cause) {
    for (PreparedStatement statement : statements.values()) {
      try {
        statement.close();
      } catch (SQLException e) {
        cause.addSuppressed(e);
      }
    }
    statements.clear();
  }

  private static PreparedStatement prepared(
      Map<String, PreparedStatement> statements, Connection connection, String sql)
      throws SQLException {
    PreparedStatement statement = statements.get(sql);
    if (statement == null) {
      statement = connection.prepareStatement(sql);
      statements.put(sql, statement);
    }
    return statement;
  }

  private static void bind(PreparedStatement statement, Object... arguments) throws SQLException {
    for (int i = 0; i < arguments.length; i++) {
      statement.setObject(i + 1, arguments[i]);
    }
  }

  private static <T> Optional<T> first(List<T> rows) {
    return rows.isEmpty() ? Optional.empty() : Optional.of(rows.get(0));
  }

  private Optional<String> meta(String key) {
    return first(query("SELECT value FROM meta WHERE key = ?", row -> row.getString(1), key));
  }

  @Override
  public UUID incarnation() {
    return incarnation;
  }

  @Override
  public Optional<UUID> farm() {
    return meta("farm").map(UUID::fromString);
  }

  @Override
  public long newest() {
    return query("SELECT coalesce(max(version), 0) FROM entry", row -> row.getLong(1)).get(0);
  }

  @Override
  public Standing standing() {
    Map<String, String> values = new HashMap<>();
    query("SELECT key, value FROM meta", row -> values.put(row.getString(1), row.getString(2)));
    return new Standing(
        Optional.ofNullable(values.get("epoch")).map(UUID::fromString),
        Long.parseLong(values.getOrDefault("position", "0")),
        Optional.ofNullable(values.get("event")).map(UUID::fromString),
        values.containsKey("joined"));
  }

  @Override
  public Optional<IndexEntry> entry(String path) {
    return first(
        query("SELECT * FROM entry WHERE path = ?", SqliteJournal::entry, FileNames.encode(path)));
  }

  @Override
  public List<IndexEntry> below(String directory, String after, int limit) {
    byte[] from = directory.isEmpty() ? FIRST : FileNames.encode(directory + "/");
    byte[] to = directory.isEmpty() ? new byte[] {(byte) 0xff} : FileNames.encode(directory + "0");
    byte[] start = after.isEmpty() ? from : FileNames.encode(after);
    return query(
        "SELECT * FROM entry WHERE path > ? AND path < ? AND kind <> 'absent'"
            + " ORDER BY path LIMIT ?",
        SqliteJournal::entry,
        start,
        to,
        limit);
  }

  @Override
  public List<IndexEntry> tombstones(String after, int limit) {
    return query(
        "SELECT * FROM entry WHERE path > ? AND kind = 'absent' ORDER BY path LIMIT ?",
        SqliteJournal::entry,
        FileNames.encode(after),
        limit);
  }

  @Override
  public List<IndexEntry> withContent(Digest content, int limit) {
    return query(
        "SELECT * FROM entry WHERE digest = ? AND size > " + FileContent.INLINE_LIMIT + " LIMIT ?",
        SqliteJournal::entry,
        content.bytes(),
        limit);
  }

  @Override
  public List<IndexEntry> linked(UUID link) {
    return query(
        "SELECT * FROM entry WHERE link = ? ORDER BY path", SqliteJournal::entry, bytes(link));
  }

  @Override
  public List<IndexEntry> linked(long inode) {
    return query(
        "SELECT * FROM entry WHERE disk_inode = ? AND link IS NOT NULL ORDER BY path",
        SqliteJournal::entry,
        inode);
  }

  @Override
  public long existing() {
    return query("SELECT count(*) FROM entry WHERE kind <> 'absent'", row -> row.getLong(1)).get(0);
  }

  @Override
  public List<IndexEntry> sample(int limit) {
    long every = Math.max(1, existing() / limit);
    return query(
        "SELECT * FROM (SELECT *, row_number() OVER (ORDER BY path) AS nr FROM entry"
            + " WHERE kind <> 'absent') WHERE nr % ? = 0 LIMIT ?",
        SqliteJournal::entry, every, limit);
  }

  private static IndexEntry entry(ResultSet row) throws SQLException {
    String path = FileNames.decode(row.getBytes("path"));
    Kind kind = Kind.valueOf(row.getString("kind").toUpperCase(Locale.ROOT));
    State state = State.ABSENT;
    if (kind != Kind.ABSENT) {
      Metadata metadata =
          new Metadata(
              row.getInt("mode"),
              FileNames.decode(row.getBytes("owner")),
              FileNames.decode(row.getBytes("group")),
              row.getLong("mtime_s"),
              row.getInt("mtime_ns"),
              xattrs(row.getBytes("xattrs")));
      state =
          new State(
              kind,
              Optional.of(metadata),
              row.getLong("size"),
              Optional.ofNullable(row.getBytes("digest")).map(Digest::of),
              FileNames.decode(row.getBytes("target")),
              Optional.ofNullable(row.getBytes("link")).map(SqliteJournal::id));
    }
    return new IndexEntry(path, row.getLong("version"), state, signature(row));
  }

  private static Xattrs xattrs(byte[] encoded) throws SQLException {
    try {
      return encoded == null ? Xattrs.NONE : Xattrs.decode(encoded);
    } catch (IllegalArgumentException e) {
      throw new SQLException("extended attributes that are none", e);
    }
  }

  private static UUID id(byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    return new UUID(buffer.getLong(), buffer.getLong());
  }

  private static byte[] bytes(UUID id) {
    return ByteBuffer.allocate(2 * Long.BYTES)
        .putLong(id.getMostSignificantBits())
        .putLong(id.getLeastSignificantBits())
        .array();
  }

  private static Optional<Signature> signature(ResultSet row) throws SQLException {
    long inode = row.getLong("disk_inode");
    if (row.wasNull()) {
      return Optional.empty();
    }
    return Optional.of(
        new Signature(
            inode,
            row.getInt("disk_mode"),
            row.getInt("disk_uid"),
            row.getInt("disk_gid"),
            row.getLong("disk_size"),
            row.getLong("disk_mtime_s"),
            row.getInt("disk_mtime_ns"),
            row.getLong("disk_ctime_s"),
            row.getInt("disk_ctime_ns"),
            row.getBoolean("disk_settled")));
  }

  @Override
  public List<Mark> marks() {
    return query(
        "SELECT * FROM mark ORDER BY ord",
        row ->
            new Mark(
                FileNames.decode(row.getBytes("path")),
                row.getLong("ord"),
                row.getLong("generation"),
                row.getBoolean("subtree"),
                row.getBoolean("explicit"),
                row.getBoolean("restated")));
  }

  @Override
  public Optional<Unapplied> unapplied(String path) {
    return first(
        query(
            "SELECT * FROM unapplied WHERE path = ?",
            SqliteJournal::unapplied,
            FileNames.encode(path)));
  }

  @Override
  public List<Unapplied> waiting() {
    return query(
        "SELECT * FROM unapplied WHERE cause IN ('deferred', 'fetched', 'overruled', 'reinstated',"
            + " 'parked') ORDER BY position",
        SqliteJournal::unapplied);
  }

  @Override
  public List<Unapplied> unbound() {
    return query(
        "SELECT * FROM unapplied WHERE cause = 'unbound' ORDER BY position",
        SqliteJournal::unapplied);
  }

  private static Unapplied unapplied(ResultSet row) throws SQLException {
    return new Unapplied(
        FileNames.decode(row.getBytes("path")),
        row.getLong("position"),
        Unapplied.Cause.valueOf(row.getString("cause").toUpperCase(Locale.ROOT)),
        row.getString("reason"),
        Instant.ofEpochMilli(row.getLong("since")),
        row.getInt("attempts"));
  }

  @Override
  public Optional<LostVersion> lost(String path) {
    if (!anyLost) {
      return Optional.empty();
    }
    return first(
        query(
            "SELECT * FROM lost WHERE path = ?",
            row ->
                new LostVersion(
                    FileNames.decode(row.getBytes("path")),
                    row.getLong("version"),
                    Digest.of(row.getBytes("content"))),
            FileNames.encode(path)));
  }

  @Override
  public long count(Counter counter) {
    return meta(key(counter)).map(Long::parseLong).orElse(0L);
  }

  @Override
  public String boot() {
    return meta("boot").orElse("");
  }

  private static String key(Counter counter) {
    return "count." + word(counter);
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  @Override
  public List<IndexEntry> placing() {
    return query("SELECT * FROM placing ORDER BY version", SqliteJournal::entry);
  }

  @Override
  public void notePlacing(Collection<IndexEntry> entries) {
    note(
        () -> {
          execute(noting, noter, "DELETE FROM placing");
          for (IndexEntry entry : entries) {
            execute(noting, noter, "INSERT INTO placing VALUES " + ENTRY, values(entry));
          }
        });
  }

  @Override
  public OptionalLong sent() {
    return meta(SENT).stream().mapToLong(Long::parseLong).findFirst();
  }

  @Override
  public void noteSent(long sequence) {
    note(() -> execute(noting, noter, PUT_META, SENT, Long.toString(sequence)));
  }

  @FunctionalInterface
  private interface Writing {
    void run() throws SQLException;
  }

  private void note(Writing writing) {
    synchronized (writer) {
      try {
        writing.run();
        noter.commit();
      } catch (SQLException e) {
        forget(noting, e);
        rollBack(noter, e);
        throw failure(file, e);
      }
    }
  }

  @Override
  public void commit(JournalUpdate update) {
    if (update.isEmpty()) {
      return;
    }
    synchronized (writer) {
      try {
        write(update);
        writer.commit();
      } catch (SQLException e) {
        forget(writing, e);
        rollBack(writer, e);
        throw failure(file, e);
      }
    }
  }

  private static void rollBack(Connection connection, SQLException cause) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      cause.addSuppressed(e);
      beginAgain(connection, cause);
    }
  }

  /**
   * SQLite has rolled back by itself, as it may when the disk is full, and the driver then begins
   * no transaction: each statement would be one of its own.
   */
  private static void beginAgain(Connection connection, SQLException cause) {
    try (Statement begin = connection.createStatement()) {
      begin.execute("BEGIN");
    } catch (SQLException e) {
      cause.addSuppressed(e);
    }
  }

  private void write(JournalUpdate update) throws SQLException {
    for (Mark mark : update.marked()) {
      execute(
          "INSERT OR REPLACE INTO mark VALUES (?, ?, ?, ?, ?, ?)",
          FileNames.encode(mark.path()),
          mark.order(),
          mark.generation(),
          mark.subtree(),
          mark.explicit(),
          mark.restated());
    }
    for (Mark mark : update.captured()) {
      execute(
          "DELETE FROM mark WHERE path = ? AND generation <= ?",
          FileNames.encode(mark.path()),
          mark.generation());
    }
    for (IndexEntry entry : update.entries()) {
      write(entry);
    }
    for (IndexEntry entry : update.entriesIfNewer()) {
      writeIfNewer(entry);
    }
    for (LostVersion version : update.lost()) {
      anyLost = true;
      execute(
          "INSERT OR REPLACE INTO lost VALUES (?, ?, ?)",
          FileNames.encode(version.path()),
          version.version(),
          version.contentKey().bytes());
    }
    for (Unapplied event : update.unapplied()) {
      // That the log's version is to stand here, be it of this host itself, is not forgotten
      // because it could not be placed yet.
      execute(
          "INSERT INTO unapplied AS u VALUES (?, ?, ?, ?, ?, ?)"
              + " ON CONFLICT (path) DO UPDATE SET position = excluded.position,"
              + " cause = CASE WHEN u.cause = 'reinstated'"
              + " AND excluded.cause IN ('deferred', 'fetched', 'parked')"
              + " AND excluded.position <= u.position THEN u.cause ELSE excluded.cause END,"
              + " reason = excluded.reason, since = excluded.since, attempts = excluded.attempts",
          FileNames.encode(event.path()),
          event.position(),
          word(event.cause()),
          event.reason(),
          event.since().toEpochMilli(),
          event.attempts());
    }
    for (Map.Entry<String, Long> path : update.caughtUp().entrySet()) {
      execute(
          "DELETE FROM unapplied WHERE path = ? AND position <= ?",
          FileNames.encode(path.getKey()),
          path.getValue());
    }
    for (Map.Entry<Counter, Long> count : update.counts().entrySet()) {
      execute(
          "INSERT INTO meta VALUES (?, ?)"
              + " ON CONFLICT (key) DO UPDATE SET value = value + excluded.value",
          key(count.getKey()),
          count.getValue());
    }
    if (update.farm().isPresent()) {
      putMeta("farm", update.farm().get().toString());
    }
    if (update.boot().isPresent()) {
      putMeta("boot", update.boot().get());
    }
    if (update.standing().isPresent()) {
      write(update.standing().get());
    }
    if (update.endsPlacing()) {
      execute("DELETE FROM placing");
    }
  }

  private void writeIfNewer(IndexEntry entry) throws SQLException {
    // The only writer, in a transaction: nothing comes between.
    execute(
        "DELETE FROM entry WHERE path = ? AND version < ?",
        FileNames.encode(entry.path()),
        entry.version());
    insert("INSERT OR IGNORE", entry);
  }

  private void write(IndexEntry entry) throws SQLException {
    insert("INSERT OR REPLACE", entry);
  }

  private void insert(String insert, IndexEntry entry) throws SQLException {
    if (anyLost) {
      execute("DELETE FROM lost WHERE path = ?", FileNames.encode(entry.path()));
    }
    execute(insert + " INTO entry VALUES " + ENTRY, values(entry));
  }

  private static Object[] values(IndexEntry entry) {
    Metadata metadata = entry.state().metadata().orElse(null);
    Signature disk = entry.signature().orElse(null);
    return new Object[] {
      FileNames.encode(entry.path()),
      entry.version(),
      word(entry.state().kind()),
      metadata == null ? null : metadata.mode(),
      metadata == null ? null : FileNames.encode(metadata.owner()),
      metadata == null ? null : FileNames.encode(metadata.group()),
      metadata == null ? null : metadata.mtimeSeconds(),
      metadata == null ? null : metadata.mtimeNanos(),
      entry.state().size(),
      entry.state().digest().map(Digest::bytes).orElse(null),
      FileNames.encode(entry.state().target()),
      disk == null ? null : disk.inode(),
      disk == null ? null : disk.mode(),
      disk == null ? null : disk.uid(),
      disk == null ? null : disk.gid(),
      disk == null ? null : disk.size(),
      disk == null ? null : disk.modifySeconds(),
      disk == null ? null : disk.modifyNanos(),
      disk == null ? null : disk.changeSeconds(),
      disk == null ? null : disk.changeNanos(),
      disk == null ? null : disk.settled(),
      metadata == null || metadata.xattrs().isEmpty() ? null : metadata.xattrs().encode(),
      entry.state().link().map(SqliteJournal::bytes).orElse(null)
    };
  }

  private void write(Standing standing) throws SQLException {
    putMeta("position", Long.toString(standing.position()));
    if (standing.epoch().isPresent()) {
      putMeta("epoch", standing.epoch().get().toString());
    }
    if (standing.joined()) {
      putMeta("joined", "true");
    }
    if (standing.event().isPresent()) {
      putMeta("event", standing.event().get().toString());
    } else {
      execute("DELETE FROM meta WHERE key = ?", "event");
    }
  }

  private void putMeta(String key, String value) throws SQLException {
    execute(PUT_META, key, value);
  }

  private void execute(String sql, Object... arguments) throws SQLException {
    execute(writing, writer, sql, arguments);
  }

  private static void execute(
      Map<String, PreparedStatement> statements,
      Connection connection,
      String sql,
      Object... arguments)
      throws SQLException {
    PreparedStatement statement = prepared(statements, connection, sql);
    bind(statement, arguments);
    statement.executeUpdate();
  }

  @Override
  public void close() {
    synchronized (reader) {
      synchronized (writer) {
        try (writer;
            reader;
            noter) {
          for (PreparedStatement statement : reading.values()) {
            statement.close();
          }
          for (PreparedStatement statement : writing.values()) {
            statement.close();
          }
          for (PreparedStatement statement : noting.values()) {
            statement.close();
          }
        } catch (SQLException e) {
          throw failure(file, e);
        }
      }
    }
  }
}
