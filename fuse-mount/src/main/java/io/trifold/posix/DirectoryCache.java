package io.trifold.posix;

import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Descriptors of the directories below a root that were used last, by path: a call on a name in one
 * of them need not walk the path anew. Only for a root in which nobody else renames or removes
 * directories, and whose owner says so of each ({@link #forget}) after it was done.
 *
 * <p>A descriptor that was opened while directories moved is used once and not kept.
 */
final class DirectoryCache {
  private static final int CAPACITY = 128;

  private final Map<String, Directory> byPath = new ConcurrentHashMap<>();

  /** Those in the map in the order in which they came, for the oldest to go; guarded by this. */
  private final Directory[] ring = new Directory[CAPACITY];

  private int next;

  /** Counts what may have changed the meaning of paths; written under the lock, read by all. */
  private volatile long moves;

  private boolean closed;

  /** A directory's descriptor, closed when the cache and all borrowers have let go of it. */
  static final class Directory implements AutoCloseable {
    private final String path;
    private final int fd;
    private final AtomicInteger users = new AtomicInteger(1);

    Directory(String path, int fd) {
      this.path = path;
      this.fd = fd;
    }

    int fd() {
      return fd;
    }

    private boolean acquire() {
      return users.getAndUpdate(n -> n == 0 ? 0 : n + 1) > 0;
    }

    /** Lets go of it. */
    @Override
    public void close() {
      if (users.decrementAndGet() == 0) {
        Posix.close(fd);
      }
    }
  }

  @FunctionalInterface
  interface Opening {
    int open() throws ErrnoException;
  }

  /** The directory at this path, opened if it is not known; the caller closes it. */
  Directory get(String path, Opening opening) throws ErrnoException {
    Directory known = byPath.get(path);
    if (known != null && known.acquire()) {
      return known;
    }
    long before = moves;
    Directory directory = new Directory(path, opening.open());
    keep(directory, before);
    return directory;
  }

  private synchronized void keep(Directory directory, long since) {
    if (moves != since || closed || byPath.putIfAbsent(directory.path, directory) != null) {
      return;
    }
    directory.users.incrementAndGet();
    Directory oldest = ring[next];
    ring[next] = directory;
    next = (next + 1) % CAPACITY;
    if (oldest != null && byPath.remove(oldest.path, oldest)) {
      oldest.close();
    }
  }

  /** The path may stand for another directory now, or for none; so may all below it. */
  synchronized void forget(String path) {
    moves++;
    for (Iterator<Directory> known = byPath.values().iterator(); known.hasNext(); ) {
      Directory directory = known.next();
      if (isWithin(directory.path, path)) {
        known.remove();
        directory.close();
      }
    }
  }

  private static boolean isWithin(String path, String directory) {
    return path.startsWith(directory)
        && (path.length() == directory.length() || path.charAt(directory.length()) == '/');
  }

  /** Keeps nothing, and nothing new. */
  synchronized void close() {
    closed = true;
    byPath.values().forEach(Directory::close);
    byPath.clear();
  }
}
