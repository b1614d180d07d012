package io.trifold.tree;

import io.trifold.fuse.LockOwner;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.PinnedFile;
import io.trifold.posix.Posix;
import io.trifold.posix.RecordLock;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * POSIX locks. Each owner gets a descriptor of its own of a file that it locks, whose open file
 * description owns the locks on the disk: so they meet those of other owners here, and on shared
 * storage those of other hosts, and end when the descriptor is closed.
 *
 * <p>Of who only reads, the kernel says nothing when a descriptor is closed, and a moment later
 * that the open file is gone. In that moment their locks are still there: who is in their way waits
 * for so long before it is told that it has lost.
 */
final class Locks {
  private static final int ATTEMPTS = 10;
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final Map<FileNode, Map<LockOwner, Integer>> descriptors = new ConcurrentHashMap<>();

  /** Takes or releases a lock; whether it was granted. */
  boolean set(FileHandle handle, LockOwner owner, RecordLock lock) throws ErrnoException {
    boolean granted = setOnce(handle, owner, lock);
    if (granted && !handle.writes() && lock.type() != RecordLock.UNLOCK) {
      handle.lockOwners().add(owner);
    }
    for (int i = 0; !granted && i < ATTEMPTS && isLockedByReaders(handle.node()); i++) {
      LockSupport.parkNanos(PAUSE_NANOS);
      granted = setOnce(handle, owner, lock);
    }
    return granted;
  }

  private static boolean isLockedByReaders(FileNode file) {
    for (FileHandle other : file.handles()) {
      if (!other.lockOwners().isEmpty()) {
        return true;
      }
    }
    return false;
  }

  private boolean setOnce(FileHandle handle, LockOwner owner, RecordLock lock)
      throws ErrnoException {
    Map<LockOwner, Integer> owners =
        descriptors.computeIfAbsent(handle.node(), n -> new HashMap<>());
    synchronized (owners) {
      Integer fd = owners.get(owner);
      if (fd == null) {
        if (lock.type() == RecordLock.UNLOCK) {
          return true;
        }
        fd = open(handle);
        owners.put(owner, fd);
      }
      return lock.set(fd);
    }
  }

  /** The lock that stands in this one's way. */
  RecordLock test(FileHandle handle, LockOwner owner, RecordLock lock) throws ErrnoException {
    Map<LockOwner, Integer> owners =
        descriptors.computeIfAbsent(handle.node(), n -> new HashMap<>());
    synchronized (owners) {
      Integer fd = owners.get(owner);
      if (fd != null) {
        return lock.test(fd);
      }
      int own = open(handle);
      try {
        return lock.test(own);
      } finally {
        Posix.close(own);
      }
    }
  }

  /**
   * Whether anybody has locked the file since it was opened; takes no lock that may be held long.
   */
  boolean isUsed(FileNode node) {
    return descriptors.containsKey(node);
  }

  /**
   * The owner closed a descriptor of the file: all of its locks on it end, see {@code fcntl(2)}.
   */
  void release(FileNode node, LockOwner owner) {
    Map<LockOwner, Integer> owners = descriptors.get(node);
    if (owners == null) {
      return;
    }
    synchronized (owners) {
      Integer fd = owners.remove(owner);
      if (fd != null) {
        Posix.close(fd);
      }
    }
  }

  /** A handle is gone that its users closed without a word: their locks through it end. */
  void releaseThrough(FileHandle handle) {
    for (LockOwner owner : handle.lockOwners()) {
      release(handle.node(), owner);
    }
  }

  /** Nobody has the file open any more. */
  void releaseAll(FileNode node) {
    Map<LockOwner, Integer> owners = descriptors.remove(node);
    if (owners == null) {
      return;
    }
    synchronized (owners) {
      owners.values().forEach(Posix::close);
      owners.clear();
    }
  }

  /** Write locks want a descriptor that can write, whichever the first lock is. */
  private static int open(FileHandle handle) throws ErrnoException {
    PinnedFile file = PinnedFile.borrow(handle.fd());
    try {
      return file.open(Posix.O_RDWR | Posix.O_NONBLOCK);
    } catch (ErrnoException e) {
      if (e.errno() == Errno.EROFS || e.errno() == Errno.EACCES || e.errno() == Errno.EPERM) {
        return file.open(Posix.O_RDONLY | Posix.O_NONBLOCK);
      }
      throw e;
    }
  }
}
