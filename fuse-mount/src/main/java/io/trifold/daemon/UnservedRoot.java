package io.trifold.daemon;

import io.trifold.posix.BackingRoot;
import io.trifold.posix.ErrnoException;
import io.trifold.tree.Namespace;
import java.util.Collection;

/** An application's root over which nothing is mounted. */
record UnservedRoot(BackingRoot applicationRoot) implements Namespace {
  @Override
  public <T> T exclusively(Collection<String> paths, Exclusive<T> action) throws ErrnoException {
    return action.run();
  }

  /** Not that anybody could tell: who writes here now is seen by the next scan. */
  @Override
  public boolean openForWriting(String path) {
    return false;
  }

  @Override
  public boolean mayBeMapped(String path) {
    return false;
  }

  @Override
  public void tellOfWrites() {
    // Nothing is written here through a mount.
  }

  @Override
  public void replaced(Collection<String> paths) {
    // Nobody has been told anything of them.
  }
}
