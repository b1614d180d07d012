package io.trifold.tree;

import io.trifold.posix.BackingRoot;
import io.trifold.posix.DirectoryReader;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import io.trifold.posix.Stat;
import io.trifold.rules.Decision;
import io.trifold.rules.RuleState;
import io.trifold.rules.Side;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Directories that hold entries of both sides. */
final class MergedDirectory {
  private final Storage storage;
  private final NodeTable table;
  private final InodeNumbers inodes;
  private final Removals removals;
  private final Changes changes;

  MergedDirectory(
      Storage storage, NodeTable table, InodeNumbers inodes, Removals removals, Changes changes) {
    this.storage = storage;
    this.table = table;
    this.inodes = inodes;
    this.removals = removals;
    this.changes = changes;
  }

  /** One entry of a listing; its type bits are those of the mode. */
  record Listed(String name, long inode, int type) {
    boolean isDirectory() {
      return type == Stat.S_IFDIR;
    }
  }

  /**
   * What can be seen in the directory, each name once, as {@link Resolver} would find it; {@code
   * ENOENT} if it stands on neither side.
   */
  List<Listed> list(DirectoryNode directory) throws ErrnoException {
    RuleState state = directory.state();
    List<Listed> application = listSide(directory, state, Side.APPLICATION);
    List<Listed> shared = listSide(directory, state, Side.SHARED);
    if (application == null && shared == null) {
      throw new ErrnoException(Errno.ENOENT, "a directory that was removed");
    }
    Map<String, Listed> all = new LinkedHashMap<>();
    if (application != null) {
      application.forEach(entry -> all.put(entry.name(), entry));
    }
    if (shared != null) {
      for (Listed entry : shared) {
        all.merge(entry.name(), entry, (first, second) -> choose(state, first, second));
      }
    }
    List<Listed> result = new ArrayList<>(all.size());
    for (Listed entry : all.values()) {
      Node known = table.child(directory, entry.name());
      result.add(known == null ? entry : new Listed(entry.name(), known.inode(), entry.type()));
    }
    return result;
  }

  private static Listed choose(RuleState parent, Listed application, Listed shared) {
    boolean merged = application.isDirectory() && shared.isDirectory();
    RuleState state = parent.step(application.name());
    return merged && state.directory().binding().side() == Side.SHARED ? shared : application;
  }

  /** What can be seen of the directory on one side, {@code null} if it does not stand there. */
  private List<Listed> listSide(DirectoryNode directory, RuleState state, Side side)
      throws ErrnoException {
    Decision bound = state.directory();
    try {
      // One call on the shared side: what it opens it closes itself, however late it ends.
      return storage.on(side, bound, () -> openAndRead(directory, state, side));
    } catch (ErrnoException e) {
      if (Resolver.isAbsence(e)) {
        return null;
      }
      throw e;
    }
  }

  private List<Listed> openAndRead(DirectoryNode directory, RuleState state, Side side)
      throws ErrnoException {
    try (DirectoryReader reader =
        storage.in(side, state.directory(), root -> root.openDirectory(directory.path()))) {
      return read(directory, state, side, reader);
    }
  }

  private List<Listed> read(
      DirectoryNode directory, RuleState state, Side side, DirectoryReader reader)
      throws ErrnoException {
    long device = Posix.stat(reader.fd()).device();
    List<Listed> seen = new ArrayList<>();
    while (reader.next()) {
      if (ReservedNames.hides(directory, reader.name())) {
        continue;
      }
      int type = reader.type() != 0 ? reader.type() : typeOf(reader);
      if (type != 0 && Routes.seen(state.step(reader.name()), side, type == Stat.S_IFDIR)) {
        seen.add(new Listed(reader.name(), inodes.of(device, reader.inode()), type));
      }
    }
    return seen;
  }

  /** The type by a stat; 0 if the entry is gone meanwhile. */
  private static int typeOf(DirectoryReader reader) throws ErrnoException {
    try {
      return reader.stat().type();
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ENOENT) {
        return 0;
      }
      throw e;
    }
  }

  /**
   * Removes the directory on both sides, if nothing at all is in it on either: what the rules hide
   * is kept, and keeps the directory.
   */
  void remove(DirectoryNode parent, String name, RuleState state) throws ErrnoException {
    boolean onApplication = isEmptyDirectory(Side.APPLICATION, parent, name);
    boolean onShared = isEmptyDirectory(Side.SHARED, parent, name);
    if (!onApplication && !onShared) {
      throw new ErrnoException(Errno.ENOENT, name);
    }
    Stat shared = onShared ? removeShared(parent, name) : null;
    try {
      removeApplication(parent, name, state.directory(), onApplication);
    } catch (ErrnoException e) {
      if (shared != null) {
        restoreShared(parent, name, shared);
      }
      throw e;
    }
  }

  /** Whether a directory stands there; {@code ENOTEMPTY} or {@code ENOTDIR} if it cannot go. */
  private boolean isEmptyDirectory(Side side, DirectoryNode parent, String name)
      throws ErrnoException {
    return storage.in(
        side,
        Routes.bound(parent.state().step(name)),
        root -> {
          try (DirectoryReader reader = root.openDirectory(parent.path(name))) {
            if (reader.next()) {
              throw new ErrnoException(Errno.ENOTEMPTY, name);
            }
            return true;
          } catch (ErrnoException e) {
            if (Resolver.isAbsence(e)) {
              return false;
            }
            throw e;
          }
        });
  }

  private Stat removeShared(DirectoryNode parent, String name) throws ErrnoException {
    return storage.in(
        Side.SHARED,
        Routes.bound(parent.state().step(name)),
        root -> {
          Stat stat = root.stat(parent.path(name));
          removals.remove(root, parent, name, () -> root.rmdir(parent.path(name)), () -> {});
          return stat;
        });
  }

  private void removeApplication(
      DirectoryNode parent, String name, Decision decision, boolean stands) throws ErrnoException {
    storage.in(
        Side.APPLICATION,
        decision,
        root -> {
          String path = parent.path(name);
          if (!stands) {
            table.remove(parent, name);
            return null;
          }
          changes.admit(path, decision);
          removals.remove(parent, name, () -> root.rmdir(path), () -> table.remove(parent, name));
          changes.changed(path, decision);
          return null;
        });
  }

  private void restoreShared(DirectoryNode parent, String name, Stat stat) throws ErrnoException {
    storage.in(
        Side.SHARED,
        Routes.bound(parent.state().step(name)),
        root -> restore(root, parent.path(name), stat));
  }

  private static Void restore(BackingRoot root, String path, Stat stat) throws ErrnoException {
    root.mkdir(path, 0700);
    root.chown(path, stat.uid(), stat.gid());
    root.chmod(path, stat.permissions());
    return null;
  }
}
