package io.trifold.tree;

/**
 * Is told of what callers delete of local paths whose rule has {@code deletes=broadcast}. Called on
 * the threads that serve requests, after the deletion: it must be quick, and must not call back.
 */
@FunctionalInterface
public interface RemovalObserver {
  /**
   * Gone from here.
   *
   * @param path relative to the root
   * @param directory whether it was a directory: with all that was below it
   */
  void removed(String path, boolean directory);
}
