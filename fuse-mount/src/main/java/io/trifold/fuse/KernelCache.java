package io.trifold.fuse;

import java.util.Collection;

/**
 * What the kernel keeps of a mount, to be told when it no longer holds. Never to be called from
 * inside a request, nor under a lock that a request may want: the kernel may wait for a request's
 * answer before it takes the notice. A transport without such notices does nothing here, and keeps
 * nothing for long. Notices about what the kernel does not keep are ignored.
 */
public interface KernelCache {
  /** The name in this directory may stand for something else now, or for nothing. */
  void invalidateEntry(long parent, String name);

  /** The node's attributes and content may have changed. */
  void invalidateNode(long node);

  /**
   * Nodes that nobody is known to use: the kernel is to drop what it keeps of those that are unused
   * indeed, and then forgets them. Nothing is done where the number of nodes is bounded anyway.
   */
  default void prune(Collection<NamedNode> nodes) {}

  /** Keeps nothing. */
  KernelCache NONE =
      new KernelCache() {
        @Override
        public void invalidateEntry(long parent, String name) {}

        @Override
        public void invalidateNode(long node) {}
      };
}
