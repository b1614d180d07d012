package io.trifold.tree;

import io.trifold.fuse.LockOwner;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.PinnedFile;
import io.trifold.posix.Posix;
import io.trifold.posix.RecordLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/**
 * POSIX locks. Each owner gets a descriptor of its own of a file that it locks, whose open file
 * description owns the locks on the disk: so they meet those of other owners here, and on shared
 * storage those of other hosts, and end when the descriptor is closed.
 *
 * <p>A process's locks on a file end with any descriptor of it that it closes ({@code fcntl(2)}).
 * Of most open files the kernel says nothing when a descriptor is closed, and a moment later that
 * the open file is gone; and shared storage is told of the end when it has time. In that moment the
 * locks are still there: who is in their way waits for so long before it is told that it has lost.
 */
final class Locks {
  private static final int ATTEMPTS = 10;
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /** The locks on a file, by owner. Guarded by this. */
  private static final class Held {
    final Map<LockOwner, Integer> descriptors = new HashMap<>();

    /** How many owners' locks are about to end. */
    int ending;
  }

  private final Map<FileNode, Held> files = new ConcurrentHashMap<>();

  /** Takes or releases a lock; whether it was granted. */
  boolean set(FileHandle handle, LockOwner owner, RecordLock lock) throws ErrnoException {
    boolean granted = patiently(handle.node(), () -> setOnce(handle, owner, lock), done -> !done);
    if (granted && lock.type() != RecordLock.UNLOCK) {
      for (FileHandle each : handle.node().handles()) {
        if (!each.isFlushed() && (each == handle || isThread(each.opener().pid(), lock.pid()))) {
          each.lockOwners().add(owner);
        }
      }
    }
    return granted;
  }

  /** Tries again for a moment while what is in the way may be about to end. */
  private <T> T patiently(FileNode file, Namespace.Exclusive<T> attempt, Predicate<T> isInTheWay)
      throws ErrnoException {
    T result = attempt.run();
    for (int i = 0; i < ATTEMPTS && isInTheWay.test(result) && mayEndSoon(file); i++) {
      LockSupport.parkNanos(PAUSE_NANOS);
      result = attempt.run();
    }
    return result;
  }

  private static boolean isThread(int thread, int process) {
    return thread != 0
        && (thread == process || Files.exists(Path.of("/proc/" + process + "/task/" + thread)));
  }

  private boolean mayEndSoon(FileNode file) {
    Held held = files.get(file);
    if (held != null) {
      synchronized (held) {
        if (held.ending > 0) {
          return true;
        }
      }
    }
    for (FileHandle other : file.handles()) {
      if (!other.lockOwners().isEmpty()) {
        return true;
      }
    }
    return false;
  }

  private Held held(FileHandle handle) {
    return files.computeIfAbsent(handle.node(), node -> new Held());
  }

  private boolean setOnce(FileHandle handle, LockOwner owner, RecordLock lock)
      throws ErrnoException {
    Held held = held(handle);
    synchronized (held) {
      Integer fd = held.descriptors.get(owner);
      if (fd == null) {
        if (lock.type() == RecordLock.UNLOCK) {
          return true;
        }
        fd = open(handle);
        held.descriptors.put(owner, fd);
      }
      return lock.set(fd);
    }
  }

  /** The lock that stands in this one's way. */
  RecordLock test(FileHandle handle, LockOwner owner, RecordLock lock) throws ErrnoException {
    return patiently(
        handle.node(),
        () -> testOnce(handle, owner, lock),
        found -> found.type() != RecordLock.UNLOCK);
  }

  private RecordLock testOnce(FileHandle handle, LockOwner owner, RecordLock lock)
      throws ErrnoException {
    Held held = held(handle);
    synchronized (held) {
      Integer fd = held.descriptors.get(owner);
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
    return files.containsKey(node);
  }

  /**
   * The owner closed a descriptor of the file: all of its locks on it end, see {@code fcntl(2)}.
   *
   * @return what ends them, to be run once; it may wait for the storage
   */
  Runnable releasing(FileNode node, LockOwner owner) {
    Held held = files.get(node);
    if (held == null) {
      return () -> {};
    }
    Integer fd;
    synchronized (held) {
      fd = held.descriptors.remove(owner);
      if (fd == null) {
        return () -> {};
      }
      held.ending++;
    }
    return () -> {
      Posix.close(fd);
      synchronized (held) {
        held.ending--;
      }
    };
  }

  /** A handle is gone that its users closed without a word: their locks through it end. */
  void releaseThrough(FileHandle handle) {
    for (LockOwner owner : handle.lockOwners()) {
      releasing(handle.node(), owner).run();
    }
  }

  /** Nobody has the file open any more. */
  void releaseAll(FileNode node) {
    Held held = files.remove(node);
    if (held == null) {
      return;
    }
    synchronized (held) {
      held.descriptors.values().forEach(Posix::close);
      held.descriptors.clear();
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
