package io.trifold.tree;

import io.trifold.fuse.DirectorySink;
import io.trifold.posix.ErrnoException;

/** A directory while it is being read, by one thread at a time. */
sealed interface DirectoryStream extends AutoCloseable
    permits StreamedDirectory, SharedDirectory, ListedDirectory {

  /**
   * Gives entries from an offset on, until the sink is full or there are no more.
   *
   * @return whether any was given; if none was, the reading is at its end
   */
  boolean read(long offset, DirectorySink sink) throws ErrnoException;

  @Override
  void close();
}
