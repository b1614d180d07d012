package io.trifold.fuse.kernel;

import io.trifold.fuse.OpenFile;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which open files the kernel reads and writes itself (passthrough). It does not mix that with
 * cached access: while a node is open in passthrough every open of it must be so, with the same
 * backing id, and none may be while it is open with a cache ({@code fs/fuse/iomode.c}; a conflict
 * is {@code EIO} for the caller). So the first open of a node decides, until its last release; one
 * backing id serves all opens between.
 */
final class Backings {
  static final int FOPEN_DIRECT_IO = 1;
  static final int FOPEN_KEEP_CACHE = 1 << 1;
  static final int FOPEN_NOFLUSH = 1 << 5;
  static final int FOPEN_PASSTHROUGH = 1 << 7;

  private static final Logger LOG = LoggerFactory.getLogger(Backings.class);
  private static final int NONE = 0;

  private final Device device;
  private final ConcurrentMap<Long, Shared> nodes = new ConcurrentHashMap<>();
  private final Set<Integer> reported = ConcurrentHashMap.newKeySet();
  private volatile boolean enabled;

  Backings(Device device, boolean enabled) {
    this.device = device;
    this.enabled = enabled;
  }

  /** What the opens of a node have in common. Guarded by its place in the map. */
  private static final class Shared {
    final int backingId;
    int opens;

    Shared(int backingId) {
      this.backingId = backingId;
    }
  }

  /** Whether new opens can be in passthrough. */
  boolean enabled() {
    return enabled;
  }

  /** Counts an open file and writes the answer to its open. */
  void answer(Reply reply, long node, int openFlags, OpenFile file) {
    int backingId = acquire(node, file);
    boolean reads = (openFlags & Posix.O_ACCMODE) == Posix.O_RDONLY;
    int flags = file.flushed() ? 0 : FOPEN_NOFLUSH;
    if (file.caching() == OpenFile.Caching.NONE) {
      flags |= FOPEN_DIRECT_IO;
    }
    if (backingId != NONE) {
      flags |= FOPEN_PASSTHROUGH;
      // Both flags: reads and writes are requests, and only mappings use the backing file. That is
      // what is left for an open that wants to be served here, while others are in passthrough.
      if (!reads && SetIdBits.in(file.mode())) {
        flags |= FOPEN_DIRECT_IO;
      }
    } else if (file.caching() == OpenFile.Caching.KEPT) {
      flags |= FOPEN_KEEP_CACHE;
    }
    reply.open(file.handle(), flags, backingId);
  }

  private int acquire(long node, OpenFile file) {
    return nodes.compute(
            node,
            (n, shared) -> {
              Shared counted = shared == null ? new Shared(first(file)) : shared;
              counted.opens++;
              return counted;
            })
        .backingId;
  }

  private int first(OpenFile file) {
    if (!enabled || file.caching() == OpenFile.Caching.NONE || file.backing() < 0) {
      return NONE;
    }
    try {
      return device.openBacking(file.backing());
    } catch (ErrnoException e) {
      if (e.errno() == Errno.EPERM) {
        enabled = false;
      }
      if (reported.add(e.errno())) {
        LOG.warn("No passthrough, reads and writes go through the daemon: {}", e.getMessage());
      }
      return NONE;
    }
  }

  /** An open file of this node is gone. */
  void release(long node) {
    nodes.computeIfPresent(
        node,
        (n, shared) -> {
          if (--shared.opens > 0) {
            return shared;
          }
          if (shared.backingId != NONE) {
            close(shared.backingId);
          }
          return null;
        });
  }

  private void close(int backingId) {
    try {
      device.closeBacking(backingId);
    } catch (ErrnoException e) {
      // With the mount gone its backing files are gone too.
      if (e.errno() != Errno.ENODEV) {
        LOG.warn("Cannot give up a backing file: {}", e.getMessage());
      }
    }
  }
}
