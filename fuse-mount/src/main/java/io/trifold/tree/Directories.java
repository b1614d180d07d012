package io.trifold.tree;

import io.trifold.fuse.DirectorySink;
import io.trifold.posix.DirectoryReader;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import io.trifold.rules.RuleState;
import io.trifold.rules.Side;

/** Reads directories, from any offset at any time. */
final class Directories implements AutoCloseable {
  private final Storage storage;
  private final NodeTable table;
  private final Resolver resolver;
  private final MergedDirectory merged;
  private final InodeNumbers inodes;
  private final Changes changes;
  private final SharedListings listings;
  private final IdleStreams idle = new IdleStreams();
  private final ReadAhead readAhead;

  Directories(
      Storage storage,
      NodeTable table,
      Resolver resolver,
      MergedDirectory merged,
      InodeNumbers inodes,
      Changes changes,
      SharedListings listings) {
    this.storage = storage;
    this.table = table;
    this.resolver = resolver;
    this.merged = merged;
    this.inodes = inodes;
    this.changes = changes;
    this.listings = listings;
    this.readAhead = new ReadAhead(new Preload(storage));
  }

  /**
   * Who begins anew sees the directory as it is; who reads on does so where the last one stopped.
   */
  void read(DirectoryNode directory, long offset, DirectorySink sink) throws ErrnoException {
    DirectoryStream stream = idle.take(directory);
    if (stream == null || offset == 0) {
      if (stream != null) {
        stream.close();
      }
      stream = open(directory);
    }
    boolean goesOn = false;
    try {
      goesOn = stream.read(offset, sink);
    } finally {
      if (goesOn) {
        idle.put(directory, stream);
      } else {
        stream.close();
      }
    }
    if (!goesOn) {
      listings.listed(directory, resolver.attributeNanos(directory));
    }
  }

  private DirectoryStream open(DirectoryNode directory) throws ErrnoException {
    RuleState state = directory.state();
    if (state.mixed()) {
      return new ListedDirectory(directory, merged.list(directory), table, resolver);
    }
    if (directory.home() == Side.SHARED) {
      return new SharedDirectory(directory, storage, table, resolver, inodes);
    }
    DirectoryReader reader = openSide(directory, Side.APPLICATION);
    readAhead.entered(directory);
    try {
      return new StreamedDirectory(directory, reader, storage, table, resolver, inodes, readAhead);
    } catch (ErrnoException e) {
      reader.close();
      throw e;
    }
  }

  private DirectoryReader openSide(DirectoryNode directory, Side side) throws ErrnoException {
    return storage.in(
        side, directory.state().directory(), root -> root.openDirectory(directory.path()));
  }

  /** What was removed has no entries to keep. */
  void sync(DirectoryNode directory) throws ErrnoException {
    for (Side side : Side.values()) {
      if (directory.state().mixed() || side == directory.home()) {
        sync(directory, side);
      }
    }
    if (directory.isRoot() || directory.link() != null) {
      String path = storage.reading(directory::path);
      changes.persist(path, directory.state().directory());
    }
  }

  private void sync(DirectoryNode directory, Side side) throws ErrnoException {
    try {
      storage.on(side, directory.state().directory(), () -> openAndSync(directory, side));
    } catch (ErrnoException e) {
      if (!Resolver.isAbsence(e)) {
        throw e;
      }
    }
  }

  private Void openAndSync(DirectoryNode directory, Side side) throws ErrnoException {
    try (DirectoryReader reader = openSide(directory, side)) {
      Posix.fsync(reader.fd());
    }
    return null;
  }

  @Override
  public void close() {
    readAhead.close();
    idle.close();
  }
}
