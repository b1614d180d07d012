package io.trifold.fuse.kernel;

import io.trifold.fuse.AttributeChange;
import io.trifold.fuse.Attributes;
import io.trifold.fuse.Caller;
import io.trifold.fuse.Created;
import io.trifold.fuse.DirectorySink;
import io.trifold.fuse.Entry;
import io.trifold.fuse.FuseOperations;
import io.trifold.fuse.LockOwner;
import io.trifold.fuse.OpenFile;
import io.trifold.posix.BackingRoot;
import io.trifold.posix.Credentials;
import io.trifold.posix.DirectoryReader;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import io.trifold.posix.RecordLock;
import io.trifold.posix.Stat;
import io.trifold.posix.StatFs;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import jnr.ffi.Pointer;

/**
 * A directory, as it is, with caching without limit; counts what it is asked. Nodes are inodes, and
 * know one path each: enough for tests, which do not move directories with nodes below them.
 */
class Loopback implements FuseOperations, AutoCloseable {
  static final long FOREVER = Entry.UNLIMITED;

  final BackingRoot root;
  final AtomicInteger reads = new AtomicInteger();
  final AtomicInteger writes = new AtomicInteger();
  final AtomicInteger releases = new AtomicInteger();

  /** Locks that were not granted, each time that they were asked for. */
  final AtomicInteger refusals = new AtomicInteger();

  private final Map<Long, Node> nodes = new HashMap<>();
  private final Map<Long, Node> byInode = new HashMap<>();
  private long lastNode = ROOT;

  private final Map<Long, Open> files = new ConcurrentHashMap<>();
  private final Map<LockOwner, Integer> lockFiles = new ConcurrentHashMap<>();
  private final AtomicLong lastHandle = new AtomicLong();

  private record Open(long node, int fd) {}

  private static final class Node {
    final long number;
    final long inode;
    String path;
    long references;

    Node(long number, long inode, String path) {
      this.number = number;
      this.inode = inode;
      this.path = path;
    }
  }

  Loopback(Path directory) throws ErrnoException {
    root = BackingRoot.open(directory.toString());
    Node node = new Node(ROOT, Posix.stat(root.fd()).inode(), "");
    nodes.put(ROOT, node);
    byInode.put(node.inode, node);
  }

  /** The references that the kernel holds to nodes other than the root. */
  synchronized long references() {
    return nodes.values().stream().mapToLong(node -> node.references).sum();
  }

  synchronized long nodeOf(String path) {
    return nodes.values().stream()
        .filter(node -> node.path.equals(path))
        .findFirst()
        .orElseThrow()
        .number;
  }

  int openFiles() {
    return files.size();
  }

  @Override
  public void close() {
    files.values().forEach(open -> Posix.close(open.fd));
    lockFiles.values().forEach(Posix::close);
    root.close();
  }

  private synchronized String path(long node) throws ErrnoException {
    Node known = nodes.get(node);
    if (known == null) {
      throw new ErrnoException(Errno.ESTALE, "node " + node);
    }
    return known.path;
  }

  String path(long parent, String name) throws ErrnoException {
    String directory = path(parent);
    return directory.isEmpty() ? name : directory + "/" + name;
  }

  private synchronized Entry entry(String path) throws ErrnoException {
    Stat stat = root.stat(path);
    Node node = byInode.get(stat.inode());
    if (node == null) {
      node = new Node(++lastNode, stat.inode(), path);
      nodes.put(node.number, node);
      byInode.put(node.inode, node);
    }
    node.path = path;
    node.references++;
    return new Entry(node.number, 0, stat, FOREVER, FOREVER);
  }

  @Override
  public boolean mayBlock(long node) {
    return false;
  }

  @Override
  public Entry lookup(Caller caller, long parent, String name) throws ErrnoException {
    try {
      return entry(path(parent, name));
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ENOENT) {
        return Entry.absent(FOREVER);
      }
      throw e;
    }
  }

  @Override
  public synchronized void forget(long node, long count) {
    Node known = nodes.get(node);
    if (known == null || node == ROOT) {
      return;
    }
    known.references -= count;
    if (known.references == 0) {
      nodes.remove(node);
      byInode.remove(known.inode);
    }
  }

  @Override
  public Attributes getattr(Caller caller, long node, long handle) throws ErrnoException {
    return new Attributes(stat(node), FOREVER);
  }

  /** Of an open file if there is one: it may have no name any more. */
  private Stat stat(long node) throws ErrnoException {
    for (Open open : files.values()) {
      if (open.node == node) {
        return Posix.stat(open.fd);
      }
    }
    return root.stat(path(node));
  }

  @Override
  public Attributes setattr(Caller caller, long node, AttributeChange change)
      throws ErrnoException {
    String path = path(node);
    if (change.has(AttributeChange.MODE)) {
      root.chmod(path, change.mode() & 0xfff);
    }
    if (change.has(AttributeChange.UID) || change.has(AttributeChange.GID)) {
      root.chown(
          path,
          change.has(AttributeChange.UID) ? change.uid() : -1,
          change.has(AttributeChange.GID) ? change.gid() : -1);
    }
    if (change.has(AttributeChange.SIZE)) {
      root.truncate(path, change.size());
    }
    if (change.has(AttributeChange.ATIME) || change.has(AttributeChange.MTIME)) {
      root.utimens(
          path,
          change.accessSeconds(),
          nanos(change, AttributeChange.ATIME, AttributeChange.ATIME_NOW, change.accessNanos()),
          change.modifySeconds(),
          nanos(change, AttributeChange.MTIME, AttributeChange.MTIME_NOW, change.modifyNanos()));
    }
    return getattr(caller, node, 0);
  }

  private static long nanos(AttributeChange change, int set, int now, int nanos) {
    if (!change.has(set)) {
      return Posix.UTIME_OMIT;
    }
    return change.has(now) ? Posix.UTIME_NOW : nanos;
  }

  @Override
  public String readlink(Caller caller, long node) throws ErrnoException {
    return root.readlink(path(node));
  }

  @Override
  public Entry mknod(Caller caller, long parent, String name, int mode, int umask, long rdev)
      throws ErrnoException {
    String path = path(parent, name);
    return Credentials.as(
        caller.uid(),
        caller.gid(),
        umask,
        () -> {
          root.mknod(path, mode, rdev);
          return entry(path);
        });
  }

  @Override
  public Entry mkdir(Caller caller, long parent, String name, int mode, int umask)
      throws ErrnoException {
    String path = path(parent, name);
    return Credentials.as(
        caller.uid(),
        caller.gid(),
        umask,
        () -> {
          root.mkdir(path, mode);
          return entry(path);
        });
  }

  @Override
  public Entry symlink(Caller caller, long parent, String name, String target)
      throws ErrnoException {
    String path = path(parent, name);
    root.symlink(target, path);
    return entry(path);
  }

  @Override
  public Entry link(Caller caller, long node, long newParent, String newName)
      throws ErrnoException {
    String path = path(newParent, newName);
    root.link(path(node), path);
    return entry(path);
  }

  @Override
  public void unlink(Caller caller, long parent, String name) throws ErrnoException {
    root.unlink(path(parent, name));
  }

  @Override
  public void rmdir(Caller caller, long parent, String name) throws ErrnoException {
    root.rmdir(path(parent, name));
  }

  @Override
  public synchronized void rename(
      Caller caller, long parent, String name, long newParent, String newName, int flags)
      throws ErrnoException {
    String from = path(parent, name);
    String to = path(newParent, newName);
    root.rename(from, root, to, flags);
    for (Node node : nodes.values()) {
      if (node.path.equals(from)) {
        node.path = to;
      } else if (node.path.equals(to) && (flags & BackingRoot.RENAME_EXCHANGE) != 0) {
        node.path = from;
      }
    }
  }

  private OpenFile opened(long node, int fd) throws ErrnoException {
    long handle = lastHandle.incrementAndGet();
    files.put(handle, new Open(node, fd));
    return new OpenFile(handle, fd, Posix.stat(fd).mode(), OpenFile.Caching.WHILE_OPEN);
  }

  @Override
  public OpenFile open(Caller caller, long node, int flags) throws ErrnoException {
    return opened(node, root.openFile(path(node), backing(flags), 0));
  }

  /** Appends are the kernel's to place, and a file may be read to fill a page that is written. */
  private static int backing(int flags) {
    int access = flags & Posix.O_ACCMODE;
    return access == Posix.O_RDONLY ? Posix.O_RDONLY : Posix.O_RDWR;
  }

  @Override
  public Created tmpfile(Caller caller, long parent, int mode, int umask, int flags)
      throws ErrnoException {
    throw new ErrnoException(Errno.EOPNOTSUPP, "tmpfile");
  }

  @Override
  public Created create(Caller caller, long parent, String name, int mode, int umask, int flags)
      throws ErrnoException {
    String path = path(parent, name);
    return Credentials.as(
        caller.uid(),
        caller.gid(),
        umask,
        () -> {
          int how = Posix.O_RDWR | Posix.O_CREAT | (flags & (Posix.O_EXCL | Posix.O_TRUNC));
          int fd = root.openFile(path, how, mode & 0xfff);
          Entry entry = entry(path);
          return new Created(entry, opened(entry.node(), fd));
        });
  }

  int file(long handle) throws ErrnoException {
    Open open = files.get(handle);
    if (open == null) {
      throw new ErrnoException(Errno.EBADF, "handle " + handle);
    }
    return open.fd;
  }

  @Override
  public int read(long node, long handle, long offset, Pointer buffer, int count)
      throws ErrnoException {
    reads.incrementAndGet();
    return Posix.pread(file(handle), buffer, count, offset);
  }

  @Override
  public int write(Caller caller, long node, long handle, long offset, Pointer buffer, int count)
      throws ErrnoException {
    writes.incrementAndGet();
    return Posix.pwrite(file(handle), buffer, count, offset);
  }

  @Override
  public void flush(Caller caller, long node, long handle, LockOwner owner) {
    Integer lockFile = lockFiles.remove(owner);
    if (lockFile != null) {
      Posix.close(lockFile);
    }
  }

  @Override
  public void release(long node, long handle) throws ErrnoException {
    int fd = file(handle);
    files.remove(handle);
    Posix.close(fd);
    releases.incrementAndGet();
  }

  @Override
  public void fsync(Caller caller, long node, long handle, boolean dataOnly) throws ErrnoException {
    if (dataOnly) {
      Posix.fdatasync(file(handle));
    } else {
      Posix.fsync(file(handle));
    }
  }

  @Override
  public void readdir(Caller caller, long node, long offset, DirectorySink sink)
      throws ErrnoException {
    try (DirectoryReader reader = root.openDirectory(path(node))) {
      // The reader leaves these two out, so that their offsets are free.
      if (offset == 0
          && (!sink.add(".", 1, Stat.S_IFDIR, 1) || !sink.add("..", 1, Stat.S_IFDIR, 2))) {
        return;
      }
      reader.seek(offset <= 2 ? 0 : offset);
      while (reader.next()) {
        boolean taken =
            sink.wantsEntries()
                ? addEntry(sink, path(node, reader.name()), reader)
                : sink.add(reader.name(), reader.inode(), reader.type(), reader.position());
        if (!taken) {
          return;
        }
      }
    }
  }

  private boolean addEntry(DirectorySink sink, String path, DirectoryReader reader)
      throws ErrnoException {
    Entry entry = entry(path);
    boolean taken = sink.add(reader.name(), entry, reader.position());
    if (!taken) {
      forget(entry.node(), 1);
    }
    return taken;
  }

  @Override
  public void fsyncdir(Caller caller, long node, boolean dataOnly) throws ErrnoException {
    try (DirectoryReader reader = root.openDirectory(path(node))) {
      Posix.fsync(reader.fd());
    }
  }

  @Override
  public StatFs statfs(Caller caller, long node) throws ErrnoException {
    return Posix.statFs(root.fd());
  }

  @Override
  public byte[] getxattr(Caller caller, long node, String name) throws ErrnoException {
    return root.getXattr(path(node), name);
  }

  @Override
  public byte[] listxattr(Caller caller, long node) throws ErrnoException {
    return root.listXattr(path(node));
  }

  @Override
  public void setxattr(Caller caller, long node, String name, byte[] value, int flags)
      throws ErrnoException {
    root.setXattr(path(node), name, value, flags);
  }

  @Override
  public void removexattr(Caller caller, long node, String name) throws ErrnoException {
    root.removeXattr(path(node), name);
  }

  /** A descriptor for each owner's locks; one file at a time, which does for tests. */
  private int lockFile(long node, LockOwner owner) throws ErrnoException {
    Integer fd = lockFiles.get(owner);
    if (fd == null) {
      fd = root.openFile(path(node), Posix.O_RDWR, 0);
      lockFiles.put(owner, fd);
    }
    return fd;
  }

  @Override
  public RecordLock getlk(long node, long handle, LockOwner owner, RecordLock lock)
      throws ErrnoException {
    return lock.test(lockFile(node, owner));
  }

  @Override
  public boolean setlk(long node, long handle, LockOwner owner, RecordLock lock)
      throws ErrnoException {
    return counted(lock.set(lockFile(node, owner)));
  }

  @Override
  public boolean flock(long node, long handle, int operation) throws ErrnoException {
    return counted(Posix.flock(file(handle), operation));
  }

  private boolean counted(boolean granted) {
    if (!granted) {
      refusals.incrementAndGet();
    }
    return granted;
  }

  @Override
  public void fallocate(Caller caller, long node, long handle, int mode, long offset, long length)
      throws ErrnoException {
    Posix.fallocate(file(handle), mode, offset, length);
  }

  @Override
  public long lseek(long node, long handle, long offset, int whence) throws ErrnoException {
    return Posix.lseek(file(handle), offset, whence);
  }

  @Override
  public long copyFileRange(
      Caller caller,
      long node,
      long handle,
      long offset,
      long outNode,
      long outHandle,
      long outOffset,
      long length)
      throws ErrnoException {
    return Posix.copyFileRange(file(handle), offset, file(outHandle), outOffset, length);
  }
}
