package io.trifold.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.trifold.fuse.AttributeChange;
import io.trifold.fuse.Caller;
import io.trifold.fuse.Created;
import io.trifold.fuse.DirectorySink;
import io.trifold.fuse.Entry;
import io.trifold.fuse.FuseOperations;
import io.trifold.fuse.Interruption;
import io.trifold.fuse.LockOwner;
import io.trifold.fuse.OpenFile;
import io.trifold.posix.BackingRoot;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import io.trifold.posix.Stat;
import io.trifold.rules.Decision;
import io.trifold.rules.Options;
import io.trifold.rules.RuleSet;
import io.trifold.shared.SharedRoot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import jnr.ffi.Pointer;

/** A tree over two temporary directories, and a caller who uses it by path, without any mount. */
final class TreeFixture implements AutoCloseable {
  static final Caller CALLER = new Caller(0, 0, 1);

  final Path application;
  final Path shared;
  final Tree tree;
  final Events events = new Events();
  final Virtual virtual = new Virtual();

  /** The paths of logs that were opened for writing. */
  final List<String> openedLogs = new CopyOnWriteArrayList<>();

  private final BackingRoot applicationRoot;
  private final SharedRoot sharedRoot;

  TreeFixture(Path directory, String rules) throws Exception {
    this(
        Files.createDirectories(directory.resolve("application")),
        Files.createDirectories(directory.resolve("shared")),
        rules);
  }

  TreeFixture(Path application, Path shared, String rules) throws Exception {
    this(application, shared, rules, NodeLimit.ofHeap());
  }

  /**
   * @param nodes from how many on the kernel is asked to forget some
   */
  TreeFixture(Path application, Path shared, String rules, int nodes) throws Exception {
    this(application, shared, rules, nodes, null);
  }

  /**
   * @param observer in place of {@link #events}
   */
  TreeFixture(Path application, Path shared, String rules, ChangeObserver observer)
      throws Exception {
    this(application, shared, rules, NodeLimit.ofHeap(), observer);
  }

  private TreeFixture(
      Path application, Path shared, String rules, int nodes, ChangeObserver observer)
      throws Exception {
    this.application = application;
    this.shared = shared;
    this.applicationRoot = BackingRoot.openOwned(application.toString());
    this.sharedRoot = SharedRoot.open(new UnmarkedPlace(shared), Duration.ofSeconds(10));
    this.tree =
        new Tree(
            new TreeSettings(
                applicationRoot,
                sharedRoot,
                RuleSet.parse("test.rules", rules),
                observer == null ? events : observer,
                this::logOpened,
                virtual),
            nodes);
  }

  /** The log takes it as it is. */
  private LogWriter logOpened(String path, Decision decision, int fd, boolean appends) {
    openedLogs.add(path);
    return null;
  }

  @Override
  public void close() {
    tree.close();
    applicationRoot.close();
    sharedRoot.close();
  }

  /** What the observer was told. */
  static final class Events implements ChangeObserver {
    final List<String> log = new ArrayList<>();
    String refused;
    String unsettled;

    @Override
    public synchronized void admit(String path) throws ErrnoException {
      log.add("admit " + path);
      if (path.equals(refused)) {
        throw new ErrnoException(Errno.EROFS, path);
      }
    }

    @Override
    public synchronized void changed(String path) {
      log.add("changed " + path);
    }

    @Override
    public synchronized void changedTree(String path) {
      log.add("tree " + path);
    }

    @Override
    public synchronized void persist(String path) {
      log.add("persist " + path);
    }

    @Override
    public synchronized void settle(String path, Options options) throws ErrnoException {
      log.add("settle " + path + " " + options.sync());
      if (path.equals(unsettled)) {
        throw new ErrnoException(Errno.ETIMEDOUT, path);
      }
    }

    synchronized List<String> take() {
      List<String> taken = List.copyOf(log);
      log.clear();
      return taken;
    }
  }

  /** Virtual files of each kind, and an attribute of all paths. */
  static final class Virtual implements VirtualFiles {
    /** What was written to {@code control/take}. */
    final BlockingQueue<String> taken = new LinkedBlockingQueue<>();

    /** A file in {@code wait} opens when its name is in here. */
    final Set<String> opened = ConcurrentHashMap.newKeySet();

    final AtomicInteger waiting = new AtomicInteger();

    private final VirtualNode.File control =
        new VirtualNode.File() {
          @Override
          public VirtualNode.Access access() {
            return new VirtualNode.Access(7, 8, 0620);
          }

          @Override
          public boolean mayWait() {
            return true;
          }

          @Override
          public byte[] read(Caller caller) {
            return "write here\n".getBytes(StandardCharsets.UTF_8);
          }

          @Override
          public void written(Caller caller, byte[] content) throws ErrnoException {
            String text = new String(content, StandardCharsets.UTF_8);
            if (text.startsWith("bad")) {
              throw new ErrnoException(Errno.EINVAL, text);
            }
            taken.add(text);
          }
        };

    private VirtualNode.File gate(String name) {
      return new VirtualNode.File() {
        @Override
        public boolean mayWait() {
          return true;
        }

        @Override
        public byte[] read(Caller caller) throws ErrnoException {
          waiting.incrementAndGet();
          try {
            while (!opened.contains(name)) {
              if (Interruption.raised()) {
                throw new ErrnoException(Errno.EINTR, name);
              }
              Thread.sleep(5);
            }
            return (name + " is open\n").getBytes(StandardCharsets.UTF_8);
          } catch (InterruptedException e) {
            throw new ErrnoException(Errno.EINTR, name);
          } finally {
            waiting.decrementAndGet();
          }
        }
      };
    }

    @Override
    public VirtualNode.Directory directory() {
      VirtualNode.Directory gates =
          new VirtualNode.Directory() {
            @Override
            public Set<String> names() {
              return Set.of();
            }

            @Override
            public Optional<VirtualNode> find(String name) {
              return name.equals("none") ? Optional.empty() : Optional.of(gate(name));
            }
          };
      return VirtualNode.directory(
          Map.of(
              "status", VirtualNode.text(() -> "all is well\n"),
              "control", VirtualNode.directory(Map.of("take", control)),
              "wait", gates));
    }

    @Override
    public String attribute(String path, boolean directory, String attribute) {
      return attribute.equals("user.trifold.binding")
          ? (directory ? "directory " : "file ") + path
          : null;
    }
  }

  /** A file or directory on the disk, below the tree; a path that ends in / is a directory. */
  void onDisk(Path side, String path, String content) throws IOException {
    Path file = side.resolve(path);
    if (path.endsWith("/")) {
      Files.createDirectories(file);
    } else {
      Files.createDirectories(file.getParent());
      Files.writeString(file, content);
    }
  }

  long node(String path) throws ErrnoException {
    Entry entry = lookup(path);
    if (entry.node() == 0) {
      throw new ErrnoException(Errno.ENOENT, path);
    }
    return entry.node();
  }

  Entry lookup(String path) throws ErrnoException {
    long at = FuseOperations.ROOT;
    Entry entry = new Entry(at, 0, null, 0, 0);
    for (String name : path.split("/", -1)) {
      if (name.isEmpty()) {
        continue;
      }
      entry = tree.lookup(CALLER, at, name);
      if (entry.node() == 0) {
        return entry;
      }
      at = entry.node();
    }
    return entry;
  }

  boolean exists(String path) throws ErrnoException {
    return lookup(path).node() != 0;
  }

  Stat stat(String path) throws ErrnoException {
    return tree.getattr(CALLER, node(path), 0).stat();
  }

  private long parent(String path) throws ErrnoException {
    return node(path.substring(0, Math.max(0, path.lastIndexOf('/'))));
  }

  private static String name(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  Created create(String path, int flags) throws ErrnoException {
    return tree.create(CALLER, parent(path), name(path), 0644, 0, flags);
  }

  void write(String path, String content) throws ErrnoException {
    Created created = create(path, Posix.O_WRONLY | Posix.O_TRUNC);
    long node = created.entry().node();
    write(node, created.file().handle(), content);
    close(node, created.file().handle());
  }

  void write(long node, long handle, String content) throws ErrnoException {
    byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
    Pointer memory = Posix.allocate(Math.max(1, bytes.length));
    memory.put(0, bytes, 0, bytes.length);
    assertThat(tree.write(CALLER, node, handle, 0, memory, bytes.length)).isEqualTo(bytes.length);
  }

  void close(long node, long handle) throws ErrnoException {
    tree.flush(CALLER, node, handle, new LockOwner(1));
    tree.release(node, handle);
  }

  String read(String path) throws ErrnoException {
    long node = node(path);
    OpenFile file = tree.open(CALLER, node, Posix.O_RDONLY);
    try {
      return read(node, file.handle());
    } finally {
      tree.release(node, file.handle());
    }
  }

  String read(long node, long handle) throws ErrnoException {
    Pointer memory = Posix.allocate(4096);
    int n = tree.read(node, handle, 0, memory, 4096);
    byte[] bytes = new byte[n];
    memory.get(0, bytes, 0, n);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  void mkdir(String path) throws ErrnoException {
    tree.mkdir(CALLER, parent(path), name(path), 0755, 0);
  }

  void rmdir(String path) throws ErrnoException {
    tree.rmdir(CALLER, parent(path), name(path));
  }

  void unlink(String path) throws ErrnoException {
    tree.unlink(CALLER, parent(path), name(path));
  }

  void rename(String path, String newPath) throws ErrnoException {
    rename(path, newPath, 0);
  }

  void rename(String path, String newPath, int flags) throws ErrnoException {
    tree.rename(CALLER, parent(path), name(path), parent(newPath), name(newPath), flags);
  }

  Entry link(String path, String newPath) throws ErrnoException {
    return tree.link(CALLER, node(path), parent(newPath), name(newPath));
  }

  Entry symlink(String target, String path) throws ErrnoException {
    return tree.symlink(CALLER, parent(path), name(path), target);
  }

  void chmod(String path, int mode) throws ErrnoException {
    tree.setattr(CALLER, node(path), AttributeChange.ofMode(mode));
  }

  /** The names and inode numbers that a directory lists, without the dots. */
  Map<String, Long> list(String path) throws ErrnoException {
    Map<String, Long> names = new TreeMap<>();
    Listing listing = new Listing(Integer.MAX_VALUE);
    long node = node(path);
    tree.readdir(CALLER, node, 0, listing);
    for (Listing.Item item : listing.items) {
      if (!item.name().startsWith(".") || item.name().length() > 2) {
        assertThat(names.put(item.name(), item.inode())).as(item.name()).isNull();
      }
    }
    return names;
  }

  /** Takes so many entries. */
  static final class Listing implements DirectorySink {
    record Item(String name, long inode, int type, long next) {}

    final List<Item> items = new ArrayList<>();
    private final int room;

    Listing(int room) {
      this.room = room;
    }

    @Override
    public boolean wantsEntries() {
      return false;
    }

    @Override
    public boolean add(String name, long inode, int type, long next) {
      assertThat(next).isNotZero();
      return items.size() < room && items.add(new Item(name, inode, type, next));
    }

    @Override
    public boolean add(String name, Entry entry, long next) {
      throw new AssertionError("not wanted");
    }
  }

  /** An operation that is to fail. */
  @FunctionalInterface
  interface Failing {
    void run() throws Exception;
  }

  static void assertErrno(int errno, Failing operation) {
    ErrnoException e = catchThrowableOfType(ErrnoException.class, operation::run);
    assertThat(e).as("no error").isNotNull();
    assertThat(Errno.name(e.errno())).isEqualTo(Errno.name(errno));
  }
}
