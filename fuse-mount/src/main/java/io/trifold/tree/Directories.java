package io.trifold.tree;

import io.trifold.posix.DirectoryReader;
import io.trifold.posix.ErrnoException;
import io.trifold.rules.Decision;
import io.trifold.rules.RuleState;
import io.trifold.rules.Side;

/** Opens directories for reading. */
final class Directories {
  private final Storage storage;
  private final NodeTable table;
  private final Resolver resolver;
  private final MergedDirectory merged;
  private final InodeNumbers inodes;
  private final Changes changes;

  Directories(
      Storage storage,
      NodeTable table,
      Resolver resolver,
      MergedDirectory merged,
      InodeNumbers inodes,
      Changes changes) {
    this.storage = storage;
    this.table = table;
    this.resolver = resolver;
    this.merged = merged;
    this.inodes = inodes;
    this.changes = changes;
  }

  OpenDirectory open(DirectoryNode directory) throws ErrnoException {
    RuleState state = directory.state();
    if (state.mixed()) {
      return new ListedDirectory(directory, merged, storage, table, resolver);
    }
    Side side = directory.home();
    Decision bound = state.directory();
    if (side == Side.SHARED) {
      return SharedDirectory.open(directory, storage, table, resolver, inodes);
    }
    DirectoryReader reader = storage.in(side, bound, root -> root.openDirectory(directory.path()));
    try {
      return new StreamedDirectory(directory, side, reader, storage, table, resolver, inodes);
    } catch (ErrnoException e) {
      reader.close();
      throw e;
    }
  }

  void sync(DirectoryNode directory, OpenDirectory open) throws ErrnoException {
    open.sync();
    String path = storage.reading(directory::path);
    changes.persist(path, directory.state().directory());
  }
}
