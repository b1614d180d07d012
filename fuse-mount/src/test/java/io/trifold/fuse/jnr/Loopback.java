package io.trifold.fuse.jnr;

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
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import jnr.ffi.Pointer;

/**
 * The files of a directory, as they are. It counts references as the contract has them, so that a
 * test can say that all were given back, and keeps a file that is open and unlinked answering.
 */
class Loopback implements FuseOperations, AutoCloseable {
  private static final int MAX_OWNERS = 1024;

  final BackingRoot root;
  final long nameNanos;

  private final Map<Long, Node> nodes = new HashMap<>();
  private final Map<Long, Open> open = new HashMap<>();
  private final AtomicLong last = new AtomicLong(ROOT);

  /** A node: a name in a directory, until it is unlinked. */
  private static final class Node {
    final long number;
    Node parent;
    String name;
    long references;
    final Set<Integer> descriptors = new HashSet<>();
    final Map<String, Node> children = new HashMap<>();

    Node(long number, Node parent, String name) {
      this.number = number;
      this.parent = parent;
      this.name = name;
    }
  }

  /** What is open, and for each owner of POSIX locks a descriptor of its own. */
  private record Open(Node node, int fd, Map<LockOwner, Integer> lockDescriptors) {}

  Loopback(BackingRoot root, long nameNanos) {
    this.root = root;
    this.nameNanos = nameNanos;
    nodes.put(ROOT, new Node(ROOT, null, ""));
  }

  /** All references that answers have counted and that were not given back. */
  synchronized long references() {
    return nodes.values().stream().mapToLong(n -> n.references).sum();
  }

  /** All that is open. */
  synchronized int openHandles() {
    return open.size();
  }

  @Override
  public void close() {
    root.close();
  }

  private synchronized Node node(long number) throws ErrnoException {
    Node node = nodes.get(number);
    if (node == null) {
      throw new ErrnoException(Errno.ESTALE, "node " + number);
    }
    return node;
  }

  private synchronized Open handle(long handle) throws ErrnoException {
    Open found = open.get(handle);
    if (found == null) {
      throw new ErrnoException(Errno.EBADF, "handle " + handle);
    }
    return found;
  }

  private synchronized String path(Node node) throws ErrnoException {
    if (node.number == ROOT) {
      return "";
    }
    if (node.parent == null) {
      throw new ErrnoException(Errno.ENOENT, "node " + node.number);
    }
    return join(path(node.parent), node.name);
  }

  private String path(long number) throws ErrnoException {
    return path(node(number));
  }

  private String path(long parent, String name) throws ErrnoException {
    return join(path(parent), name);
  }

  private static String join(String directory, String name) {
    return directory.isEmpty() ? name : directory + "/" + name;
  }

  private synchronized Node child(long parent, String name) throws ErrnoException {
    return node(parent).children.get(name);
  }

  private synchronized Entry entry(long parent, String name, Stat stat) throws ErrnoException {
    Node node = child(parent, name);
    if (node == null) {
      node = new Node(last.incrementAndGet(), node(parent), name);
      nodes.put(node.number, node);
      node.parent.children.put(name, node);
    }
    node.references++;
    return new Entry(node.number, 0, stat, nameNanos, 0);
  }

  private synchronized void detach(long parent, String name) throws ErrnoException {
    Node node = node(parent).children.remove(name);
    if (node != null) {
      node.parent = null;
    }
  }

  @Override
  public boolean mayBlock(long node) {
    return false;
  }

  @Override
  public Entry lookup(Caller caller, long parent, String name) throws ErrnoException {
    Stat stat;
    try {
      stat = root.stat(path(parent, name));
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ENOENT) {
        return Entry.absent(nameNanos);
      }
      throw e;
    }
    return entry(parent, name, stat);
  }

  @Override
  public synchronized void forget(long number, long count) {
    Node node = Objects.requireNonNull(nodes.get(number), "forget of an unknown node");
    node.references -= count;
    if (node.references < 0) {
      throw new IllegalStateException("more forgotten than looked up");
    }
    if (node.references == 0 && node.descriptors.isEmpty()) {
      nodes.remove(number);
      if (node.parent != null) {
        node.parent.children.remove(node.name, node);
      }
    }
  }

  /** Good as long as the lock is held: closed, its number may be that of any other file. */
  private Integer anyDescriptor(Node node) {
    return node.descriptors.stream().findAny().orElse(null);
  }

  private synchronized Stat stat(long number) throws ErrnoException {
    Node node = node(number);
    Integer fd = anyDescriptor(node);
    return fd != null ? Posix.stat(fd) : root.stat(path(node));
  }

  @Override
  public Attributes getattr(Caller caller, long node, long handle) throws ErrnoException {
    return new Attributes(handle != 0 ? Posix.stat(handle(handle).fd()) : stat(node), 0);
  }

  @Override
  public synchronized Attributes setattr(Caller caller, long number, AttributeChange change)
      throws ErrnoException {
    Node node = node(number);
    Integer fd = change.has(AttributeChange.HANDLE) ? handle(change.handle()).fd() : null;
    if (fd == null && node.parent == null && node.number != ROOT) {
      fd = anyDescriptor(node);
    }
    if (change.has(AttributeChange.MODE)) {
      if (fd != null) {
        Posix.chmod(fd, change.mode());
      } else {
        root.chmod(path(node), change.mode());
      }
    }
    if ((change.valid() & (AttributeChange.UID | AttributeChange.GID)) != 0) {
      int uid = change.has(AttributeChange.UID) ? change.uid() : -1;
      int gid = change.has(AttributeChange.GID) ? change.gid() : -1;
      if (fd != null) {
        Posix.chown(fd, uid, gid);
      } else {
        root.chown(path(node), uid, gid);
      }
    }
    if (change.has(AttributeChange.SIZE)) {
      if (fd != null) {
        Posix.truncate(fd, change.size());
      } else {
        root.truncate(path(node), change.size());
      }
    }
    if ((change.valid() & (AttributeChange.ATIME | AttributeChange.MTIME)) != 0) {
      long atime =
          nanos(change, AttributeChange.ATIME, AttributeChange.ATIME_NOW, change.accessNanos());
      long mtime =
          nanos(change, AttributeChange.MTIME, AttributeChange.MTIME_NOW, change.modifyNanos());
      if (fd != null) {
        Posix.utimens(fd, change.accessSeconds(), atime, change.modifySeconds(), mtime);
      } else {
        root.utimens(path(node), change.accessSeconds(), atime, change.modifySeconds(), mtime);
      }
    }
    return getattr(caller, number, 0);
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
    Credentials.as(
        caller.uid(),
        caller.gid(),
        umask,
        () -> {
          root.mknod(path, mode, rdev);
          return null;
        });
    return entry(parent, name, root.stat(path));
  }

  @Override
  public Entry mkdir(Caller caller, long parent, String name, int mode, int umask)
      throws ErrnoException {
    String path = path(parent, name);
    Credentials.as(
        caller.uid(),
        caller.gid(),
        umask,
        () -> {
          root.mkdir(path, mode);
          return null;
        });
    return entry(parent, name, root.stat(path));
  }

  @Override
  public Entry symlink(Caller caller, long parent, String name, String target)
      throws ErrnoException {
    String path = path(parent, name);
    root.symlink(target, path);
    return entry(parent, name, root.stat(path));
  }

  @Override
  public Entry link(Caller caller, long node, long newParent, String newName)
      throws ErrnoException {
    String path = path(newParent, newName);
    root.link(path(node), path);
    return entry(newParent, newName, root.stat(path));
  }

  @Override
  public void unlink(Caller caller, long parent, String name) throws ErrnoException {
    root.unlink(path(parent, name));
    detach(parent, name);
  }

  @Override
  public void rmdir(Caller caller, long parent, String name) throws ErrnoException {
    root.rmdir(path(parent, name));
    detach(parent, name);
  }

  @Override
  public void rename(
      Caller caller, long parent, String name, long newParent, String newName, int flags)
      throws ErrnoException {
    root.rename(path(parent, name), root, path(newParent, newName), flags);
    synchronized (this) {
      Node moved = node(parent).children.remove(name);
      detach(newParent, newName);
      if (moved != null) {
        moved.parent = node(newParent);
        moved.name = newName;
        moved.parent.children.put(newName, moved);
      }
    }
  }

  private synchronized long register(Node node, int fd) {
    long handle = last.incrementAndGet();
    node.descriptors.add(fd);
    open.put(handle, new Open(node, fd, new HashMap<>()));
    return handle;
  }

  @Override
  public OpenFile open(Caller caller, long number, int flags) throws ErrnoException {
    return new OpenFile(openNode(number, flags & ~Posix.O_APPEND), OpenFile.Caching.WHILE_OPEN);
  }

  private synchronized long openNode(long number, int flags) throws ErrnoException {
    Node node = node(number);
    Integer other = anyDescriptor(node);
    int fd =
        other != null && node.parent == null
            ? Posix.open("/proc/self/fd/" + other, flags, 0)
            : root.openFile(path(node), flags, 0);
    return register(node, fd);
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
    int fd =
        Credentials.as(
            caller.uid(),
            caller.gid(),
            umask,
            () -> root.openFile(path, (flags | Posix.O_CREAT) & ~Posix.O_APPEND, mode));
    Entry entry = entry(parent, name, Posix.stat(fd));
    return new Created(
        entry, new OpenFile(register(node(entry.node()), fd), OpenFile.Caching.WHILE_OPEN));
  }

  @Override
  public int read(long node, long handle, long offset, Pointer buffer, int count)
      throws ErrnoException {
    return Posix.pread(handle(handle).fd(), buffer, count, offset);
  }

  @Override
  public int write(Caller caller, long node, long handle, long offset, Pointer buffer, int count)
      throws ErrnoException {
    return Posix.pwrite(handle(handle).fd(), buffer, count, offset);
  }

  @Override
  public void flush(Caller caller, long node, long handle, LockOwner owner) throws ErrnoException {
    Node file = node(node);
    synchronized (this) {
      for (Open other : open.values()) {
        Integer fd = other.node() == file ? other.lockDescriptors().remove(owner) : null;
        if (fd != null) {
          Posix.close(fd);
        }
      }
    }
  }

  @Override
  public synchronized void release(long node, long handle) {
    Open closed = open.remove(handle);
    closed.lockDescriptors().values().forEach(Posix::close);
    closed.node().descriptors.remove(closed.fd());
    Posix.close(closed.fd());
  }

  @Override
  public void fsync(Caller caller, long node, long handle, boolean dataOnly) throws ErrnoException {
    Posix.fsync(handle(handle).fd());
  }

  @Override
  public void readdir(Caller caller, long node, long offset, DirectorySink sink)
      throws ErrnoException {
    try (DirectoryReader reader = root.openDirectory(path(node))) {
      reader.seek(offset);
      while (reader.next()
          && sink.add(reader.name(), reader.inode(), reader.type(), reader.position())) {
        // Until there are no more, or no room.
      }
    }
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

  /** A description of its own for each owner, for {@link RecordLock} is held by descriptions. */
  private int lockDescriptor(long handle, LockOwner owner) throws ErrnoException {
    Open file = handle(handle);
    synchronized (this) {
      for (Open other : open.values()) {
        Integer fd = other.node() == file.node() ? other.lockDescriptors().get(owner) : null;
        if (fd != null) {
          return fd;
        }
      }
      if (file.lockDescriptors().size() >= MAX_OWNERS) {
        throw new ErrnoException(Errno.EMFILE, "locks");
      }
      int fd = Posix.open("/proc/self/fd/" + file.fd(), Posix.O_RDWR, 0);
      file.lockDescriptors().put(owner, fd);
      return fd;
    }
  }

  @Override
  public RecordLock getlk(long node, long handle, LockOwner owner, RecordLock lock)
      throws ErrnoException {
    return lock.test(lockDescriptor(handle, owner));
  }

  @Override
  public boolean setlk(long node, long handle, LockOwner owner, RecordLock lock)
      throws ErrnoException {
    return lock.set(lockDescriptor(handle, owner));
  }

  @Override
  public boolean flock(long node, long handle, int operation) throws ErrnoException {
    return Posix.flock(handle(handle).fd(), operation);
  }

  @Override
  public void fallocate(Caller caller, long node, long handle, int mode, long offset, long length)
      throws ErrnoException {
    Posix.fallocate(handle(handle).fd(), mode, offset, length);
  }

  @Override
  public long lseek(long node, long handle, long offset, int whence) throws ErrnoException {
    return Posix.lseek(handle(handle).fd(), offset, whence);
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
    return Posix.copyFileRange(
        handle(handle).fd(), offset, handle(outHandle).fd(), outOffset, length);
  }
}
