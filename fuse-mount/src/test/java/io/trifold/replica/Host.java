package io.trifold.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.posix.BackingRoot;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.queue.FarmLog;
import io.trifold.queue.Membership;
import io.trifold.queue.QueueException;
import io.trifold.rules.RuleException;
import io.trifold.rules.RuleSet;
import io.trifold.rules.RuleState;
import io.trifold.tree.Namespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** A host with a plain directory where the mount would be: changes it as callers of the tree do. */
final class Host implements AutoCloseable {
  static final String RULES = "propagated *\nlocal cache/\nlocal *.tmp\n";

  final String name;
  final Path root;
  final Path state;
  final Set<String> openForWriting = ConcurrentHashMap.newKeySet();
  final List<String> replaced = new CopyOnWriteArrayList<>();

  /** A symlink that comes to the path meanwhile is not written through. */
  private static final OpenOption[] PLAIN = {
    StandardOpenOption.CREATE,
    StandardOpenOption.TRUNCATE_EXISTING,
    StandardOpenOption.WRITE,
    LinkOption.NOFOLLOW_LINKS
  };

  private final LogSource source;
  private final ReadWriteLock names = new ReentrantReadWriteLock();
  String rules = RULES;
  String mode = "auto";
  AfterApply afterApply = paths -> {};
  Boot boot = new Boot("first", Instant.EPOCH);
  UnaryOperator<Journal> journals = UnaryOperator.identity();
  Upkeep upkeep = Upkeep.DEFAULT;
  UnaryOperator<Disk> disks = UnaryOperator.identity();
  private BackingRoot backing;
  private Replica replica;

  Host(String name, Path directory, LogSource source) {
    this.name = name;
    this.root = directory.resolve(name + "-root");
    this.state = directory.resolve(name + "-state");
    this.source = source;
    try {
      Files.createDirectories(root);
      Files.createDirectories(state);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Host start() throws QueueException, ErrnoException {
    open();
    replica.start(namespace());
    return this;
  }

  /** Makes the replica without starting it: the constructor's half of a mount. */
  void open() throws ErrnoException {
    backing = BackingRoot.open(root.toString());
    Journal journal = journals.apply(SqliteJournal.open(state.resolve("journal.db")));
    replica =
        new Replica(
            new ReplicaSettings(name, mode, "/srv/" + name, state, Duration.ofSeconds(20), upkeep),
            ruleState(rules),
            source,
            journal,
            InstantSource.system(),
            disks,
            boot);
    replica.afterApply(afterApply);
  }

  /** What a replica is made of, while none runs. */
  record Parts(Disk disk, RuleState rules, Journal journal, Placer placer, FarmLog log)
      implements AutoCloseable {
    PathCheck check() {
      return new PathCheck(disk, rules, journal, new DirtySet(), placer, 0);
    }

    VerifyPass pass(PathCheck check) {
      return new VerifyPass(disk, rules, journal, check, Pace.full(), InstantSource.system());
    }

    @Override
    public void close() {
      journal.close();
    }
  }

  Parts parts() throws QueueException, ErrnoException {
    backing = BackingRoot.open(root.toString());
    Journal journal = SqliteJournal.open(state.resolve("journal.db"));
    Disk disk =
        new RootDisk(backing, new AccountFiles(Path.of("/etc/passwd"), Path.of("/etc/group")));
    FarmLog log =
        source.open(new Membership(name, journal.incarnation(), UUID.randomUUID(), "auto", "/srv"));
    Placer placer = new Placer(disk, namespace(), InstantSource.system(), "parts");
    return new Parts(disk, ruleState(rules), journal, placer, log);
  }

  static RuleState ruleState(String text) {
    try {
      return RuleSet.parse("test.rules", text).root();
    } catch (RuleException e) {
      throw new IllegalArgumentException(e);
    }
  }

  Namespace namespace() {
    return new Namespace() {
      @Override
      public BackingRoot applicationRoot() {
        return backing;
      }

      @Override
      public <T> T exclusively(Collection<String> paths, Exclusive<T> action)
          throws ErrnoException {
        names.writeLock().lock();
        try {
          return action.run();
        } finally {
          names.writeLock().unlock();
        }
      }

      @Override
      public boolean openForWriting(String path) {
        return openForWriting.contains(path);
      }

      @Override
      public boolean mayBeMapped(String path) {
        return openForWriting.contains(path);
      }

      @Override
      public void tellOfWrites() {}

      @Override
      public void replaced(Collection<String> paths) {
        replaced.addAll(paths);
      }
    };
  }

  Replica replica() {
    return replica;
  }

  @Override
  public void close() {
    if (replica != null) {
      replica.close();
      backing.close();
      replica = null;
    }
  }

  /** Ends as a kill does, as far as the disk can tell: no further commit, no farewell. */
  void crash() {
    close();
  }

  static String content(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Host restart() throws QueueException, ErrnoException {
    close();
    return start();
  }

  interface Io {
    void run(Path path) throws IOException;
  }

  /** What the tree does: change the disk with the lock on names, then tell, then answer. */
  void change(String path, Io action) throws IOException {
    names.readLock().lock();
    try {
      action.run(root.resolve(path));
      replica.observer().changed(path);
    } finally {
      names.readLock().unlock();
    }
  }

  void write(String path, String content) throws IOException {
    write(path, content.getBytes(StandardCharsets.UTF_8));
  }

  void write(String path, byte[] content) throws IOException {
    change(path, file -> Files.write(file, content, PLAIN));
  }

  void mkdir(String path) throws IOException {
    change(path, Files::createDirectory);
  }

  void delete(String path) throws IOException {
    change(path, Files::delete);
  }

  void symlink(String path, String target) throws IOException {
    change(path, link -> Files.createSymbolicLink(link, Path.of(target)));
  }

  void chmod(String path, String mode) throws IOException {
    change(
        path, file -> Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode)));
  }

  void chown(String path, int uid, int gid) throws IOException {
    change(
        path,
        file -> {
          Files.setAttribute(file, "unix:uid", uid, LinkOption.NOFOLLOW_LINKS);
          Files.setAttribute(file, "unix:gid", gid, LinkOption.NOFOLLOW_LINKS);
        });
  }

  void setXattr(String path, String name, byte[] value) throws IOException {
    change(path, file -> onDisk(root -> root.setXattr(path, name, value, 0)));
  }

  void removeXattr(String path, String name) throws IOException {
    change(path, file -> onDisk(root -> root.removeXattr(path, name)));
  }

  /** Null if there is none. */
  byte[] xattr(String path, String name) throws IOException {
    byte[][] value = new byte[1][];
    onDisk(
        root -> {
          try {
            value[0] = root.getXattr(path, name);
          } catch (ErrnoException e) {
            if (e.errno() != Errno.ENODATA) {
              throw e;
            }
          }
        });
    return value[0];
  }

  interface OnDisk {
    void run(BackingRoot root) throws ErrnoException;
  }

  /** Acts on the root while nobody hears of it. */
  void onDisk(OnDisk action) throws IOException {
    try (BackingRoot own = BackingRoot.open(root.toString())) {
      action.run(own);
    } catch (ErrnoException e) {
      throw new IOException(e);
    }
  }

  long inode(String path) throws IOException {
    return ((Number) Files.getAttribute(root.resolve(path), "unix:ino", LinkOption.NOFOLLOW_LINKS))
        .longValue();
  }

  int links(String path) throws IOException {
    return (Integer)
        Files.getAttribute(root.resolve(path), "unix:nlink", LinkOption.NOFOLLOW_LINKS);
  }

  void link(String path, String newPath) throws IOException {
    change(
        newPath,
        file -> {
          Files.createLink(file, root.resolve(path));
          replica.observer().changed(path);
        });
  }

  void touch(String path, Instant time) throws IOException {
    change(path, file -> Files.setLastModifiedTime(file, FileTime.from(time)));
  }

  void rename(String path, String newPath) throws IOException {
    names.readLock().lock();
    try {
      boolean tree = Files.isDirectory(root.resolve(path), LinkOption.NOFOLLOW_LINKS);
      Files.move(
          root.resolve(path),
          root.resolve(newPath),
          java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      if (tree) {
        replica.observer().moved(path, newPath);
      } else {
        replica.observer().changed(newPath);
        replica.observer().changed(path);
      }
    } finally {
      names.readLock().unlock();
    }
  }

  void deleteTree(String path) throws IOException {
    for (Path each : paths(root.resolve(path), Comparator.reverseOrder())) {
      delete(root.relativize(each).toString());
    }
  }

  private static List<Path> paths(Path from, Comparator<Path> order) throws IOException {
    try (Stream<Path> walk = Files.walk(from)) {
      return new ArrayList<>(walk.sorted(order).toList());
    }
  }

  String read(String path) throws IOException {
    return Files.readString(root.resolve(path));
  }

  boolean has(String path) {
    return Files.exists(root.resolve(path), LinkOption.NOFOLLOW_LINKS);
  }

  ReplicaStatus status() {
    return replica.status();
  }

  /** What stands on disk, to compare: all but the times of directories. */
  NavigableMap<String, String> tree() throws IOException {
    NavigableMap<String, String> result = new TreeMap<>();
    for (Path path : paths(root, Comparator.naturalOrder())) {
      String name = root.relativize(path).toString();
      if (name.isEmpty() || name.equals(".trifold") || name.startsWith(".trifold/")) {
        continue;
      }
      Map<String, Object> stat =
          Files.readAttributes(
              path, "unix:mode,uid,gid,lastModifiedTime", LinkOption.NOFOLLOW_LINKS);
      StringBuilder text = new StringBuilder();
      text.append(Integer.toOctalString((Integer) stat.get("mode")));
      text.append(' ').append(stat.get("uid")).append(':').append(stat.get("gid"));
      if (Files.isSymbolicLink(path)) {
        text.append(" -> ").append(Files.readSymbolicLink(path));
      } else if (!Files.isDirectory(path)) {
        text.append(' ').append(io.trifold.queue.Digest.sha256(Files.readAllBytes(path)));
      }
      if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
        text.append(' ').append(((FileTime) stat.get("lastModifiedTime")).toInstant());
      }
      result.put(name, text.toString());
    }
    return result;
  }

  static void eventually(String what, BooleanSupplier condition) {
    eventually(() -> what, condition);
  }

  private static void eventually(Supplier<String> what, BooleanSupplier condition) {
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("it never came that " + what.get());
      }
      try {
        Thread.sleep(5);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  /** Waits until nothing is pending anywhere and all have reached the same head. */
  static void quiet(Host... hosts) {
    eventually(
        () -> "all hosts are quiet: " + Stream.of(hosts).map(Host::describe).toList(),
        () -> {
          long head = 0;
          for (Host host : hosts) {
            head = Math.max(head, host.status().head());
          }
          for (Host host : hosts) {
            ReplicaStatus status = host.status();
            if (!status.state().equals("live")
                || status.pending() > 0
                || status.deferred() > 0
                || !status.parked().isEmpty()
                || status.position() != head) {
              return false;
            }
          }
          return true;
        });
  }

  private String describe() {
    return status().toString();
  }

  static void assertSame(Host one, Host other) throws IOException {
    quiet(one, other);
    assertThat(other.tree()).isEqualTo(one.tree());
  }
}
