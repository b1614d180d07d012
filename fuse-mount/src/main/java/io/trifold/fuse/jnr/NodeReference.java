package io.trifold.fuse.jnr;

import io.trifold.fuse.FuseOperations;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One lookup reference to a node, shared by those who use it: the cache of names, open files,
 * requests under way. When the last of them closes it, the node is given back with {@code forget}.
 */
final class NodeReference implements AutoCloseable {
  private final FuseOperations operations;
  private final long node;
  private final AtomicInteger users = new AtomicInteger(1);

  /** Takes over a reference that an answer counted; the caller is its first user. */
  NodeReference(FuseOperations operations, long node) {
    this.operations = operations;
    this.node = node;
  }

  long node() {
    return node;
  }

  /**
   * Adds a user, who must close it.
   *
   * @return false if the last user has closed it: the number is no longer valid
   */
  boolean retain() {
    return users.getAndUpdate(n -> n == 0 ? 0 : n + 1) != 0;
  }

  /** One user less. */
  @Override
  public void close() {
    // The root is nobody's lookup: it is there from the mount to its end.
    if (users.decrementAndGet() == 0 && node != FuseOperations.ROOT) {
      operations.forget(node, 1);
    }
  }
}
