package io.trifold.fuse.jnr;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.trifold.fuse.Entry;
import io.trifold.fuse.FuseOperations;
import io.trifold.fuse.KernelCache;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Which node stands at a name in a directory: what the kernel's dentries are to a transport of
 * nodes, and as long-lived as the answers allow. A path is found name by name, so that a directory
 * may be renamed with all that is cached below it. Absence is not kept.
 *
 * <p>An entry holds references to its node and to its directory: as long as a key has a directory's
 * number, that number is not given to another one. It takes no lock in which it calls back into the
 * filesystem, except that a node may be forgotten under Caffeine's own.
 */
final class NameCache implements KernelCache, AutoCloseable {
  private static final int STRIPES = 1024;

  private record Name(long directory, String name) {}

  private record Held(NodeReference directory, NodeReference node, long nanos) {
    void release() {
      node.close();
      directory.close();
    }
  }

  private final Cache<Name, Held> entries;

  /** How often names were invalidated, by hash: a lookup that one overtook is not kept. */
  private final AtomicLongArray invalidations = new AtomicLongArray(STRIPES);

  NameCache(long maximumSize) {
    entries =
        Caffeine.newBuilder()
            .maximumSize(maximumSize)
            .expireAfter(Expiry.<Name, Held>writing((name, held) -> Duration.ofNanos(held.nanos())))
            .executor(Runnable::run)
            .removalListener((Name name, Held held, RemovalCause cause) -> held.release())
            .build();
  }

  /** The node at a name, for the caller to close, or null if it is not known. */
  NodeReference get(long directory, String name) {
    Held held = entries.getIfPresent(new Name(directory, name));
    return held != null && held.node().retain() ? held.node() : null;
  }

  /** To be taken before the filesystem is asked about a name, and given to {@link #put}. */
  long ticket(long directory, String name) {
    return invalidations.get(stripe(new Name(directory, name)));
  }

  /** Keeps an answer as long as it says, unless the name was invalidated since the ticket. */
  void put(NodeReference directory, String name, NodeReference node, Entry entry, long ticket) {
    Name key = new Name(directory.node(), name);
    if (entry.nameNanos() <= 0) {
      entries.invalidate(key);
      return;
    }
    if (!directory.retain()) {
      return;
    }
    if (!node.retain()) {
      directory.close();
      return;
    }
    Held held = new Held(directory, node, entry.nameNanos());
    // Compared inside of compute: an invalidation counts first and removes then, so it either is
    // seen here or removes what is put here.
    Held now =
        entries
            .asMap()
            .compute(key, (k, old) -> invalidations.get(stripe(k)) == ticket ? held : old);
    if (!held.equals(now)) {
      held.release();
    }
  }

  /** Drops all that is known on the way to a path. */
  void dropPath(String path) {
    long directory = FuseOperations.ROOT;
    for (String name : Paths.names(path)) {
      Held held = entries.getIfPresent(new Name(directory, name));
      if (held == null) {
        return;
      }
      directory = held.node().node();
      invalidateEntry(held.directory().node(), name);
    }
  }

  @Override
  public void invalidateEntry(long parent, String name) {
    Name key = new Name(parent, name);
    invalidations.incrementAndGet(stripe(key));
    entries.invalidate(key);
  }

  /** Attributes and content are not kept, neither here nor in the kernel. */
  @Override
  public void invalidateNode(long node) {}

  private static int stripe(Name key) {
    return Math.floorMod(key.hashCode() * 0x9E3779B9, STRIPES);
  }

  /** Gives back all references. */
  @Override
  public void close() {
    entries.invalidateAll();
    entries.cleanUp();
  }
}
