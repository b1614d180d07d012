package io.trifold.tree;

import io.trifold.fuse.DirectorySink;
import io.trifold.posix.ErrnoException;

/** A directory that is being read. One thread at a time reads it. */
sealed interface OpenDirectory extends OpenHandle, AutoCloseable
    permits StreamedDirectory, SharedDirectory, ListedDirectory, VirtualListing {

  /** As {@link io.trifold.fuse.FuseOperations#readdir}. */
  void read(long offset, DirectorySink sink) throws ErrnoException;

  /** Makes its entries durable. */
  void sync() throws ErrnoException;

  @Override
  void close();
}
