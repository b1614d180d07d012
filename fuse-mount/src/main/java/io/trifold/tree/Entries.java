package io.trifold.tree;

import io.trifold.fuse.Caller;
import io.trifold.fuse.Entry;
import io.trifold.posix.BackingRoot;
import io.trifold.posix.Credentials;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Stat;
import io.trifold.rules.Decision;
import io.trifold.rules.RuleState;
import io.trifold.rules.Side;
import java.util.function.Consumer;

/** Makes and removes names. */
final class Entries {
  private final Storage storage;
  private final NodeTable table;
  private final Resolver resolver;
  private final ParentDirectories parents;
  private final MergedDirectory merged;
  private final Removals removals;
  private final Changes changes;
  private final FormerLogs formerLogs;

  Entries(
      Storage storage,
      NodeTable table,
      Resolver resolver,
      ParentDirectories parents,
      MergedDirectory merged,
      Removals removals,
      Changes changes,
      FormerLogs formerLogs) {
    this.storage = storage;
    this.table = table;
    this.resolver = resolver;
    this.parents = parents;
    this.merged = merged;
    this.removals = removals;
    this.changes = changes;
    this.formerLogs = formerLogs;
  }

  /** Makes something at a path below one root. */
  @FunctionalInterface
  interface Making {
    void at(BackingRoot root, String path) throws ErrnoException;
  }

  /** Makes something at a path below one root and gives what comes of it. */
  @FunctionalInterface
  interface MakingOf<T> {
    T at(BackingRoot root, String path) throws ErrnoException;
  }

  Entry mknod(Caller caller, DirectoryNode parent, String name, int mode, int umask, long rdev)
      throws ErrnoException {
    return makeFile(caller, parent, name, umask, (root, path) -> root.mknod(path, mode, rdev));
  }

  Entry symlink(Caller caller, DirectoryNode parent, String name, String target)
      throws ErrnoException {
    return makeFile(caller, parent, name, 0, (root, path) -> root.symlink(target, path));
  }

  Entry mkdir(Caller caller, DirectoryNode parent, String name, int mode, int umask)
      throws ErrnoException {
    RuleState state = parent.state().step(name);
    refuseIfSeen(parent, name, state, state.directory());
    return makeEntry(
        caller, parent, name, state.directory(), umask, (root, path) -> root.mkdir(path, mode));
  }

  /**
   * Links across bindings are refused, also where both are on one side, as across filesystems. Of
   * the file's names, which the kernel does not tell apart, one with the same binding will do.
   */
  Entry link(Caller caller, FileNode file, DirectoryNode parent, String name)
      throws ErrnoException {
    Decision decision = parent.state().step(name).file();
    for (Link link : file.links()) {
      if (link.state().file().binding() == decision.binding()) {
        return makeFile(
            caller,
            parent,
            name,
            0,
            (root, path) -> {
              SizeLimits.requireFits(root.stat(link.path()), decision);
              root.link(link.path(), path);
              // Of the names it had, too, something has changed: that there are others.
              changes.changed(file);
            });
      }
    }
    if (!file.links().isEmpty() || file.side() != decision.binding().side()) {
      throw new ErrnoException(Errno.EXDEV, name);
    }
    return makeFile(
        caller, parent, name, 0, (root, path) -> linkNameless(file, decision, root, path));
  }

  /** Only what was made with {@code O_TMPFILE} gets a name; else the disk says {@code ENOENT}. */
  private void linkNameless(FileNode file, Decision decision, BackingRoot root, String path)
      throws ErrnoException {
    resolver.withFile(
        file,
        null,
        pinned -> {
          SizeLimits.requireFits(pinned.stat(), decision);
          root.link(pinned, path);
          return null;
        });
  }

  private Entry makeFile(Caller caller, DirectoryNode parent, String name, int umask, Making making)
      throws ErrnoException {
    RuleState state = parent.state().step(name);
    refuseIfSeen(parent, name, state, state.file());
    return makeEntry(caller, parent, name, state.file(), umask, making);
  }

  /**
   * What can be seen at the name, but on the other side than where something is to be made, stands
   * in the way as well.
   */
  private void refuseIfSeen(DirectoryNode parent, String name, RuleState state, Decision decision)
      throws ErrnoException {
    if (Routes.looksAt(state, Sides.other(decision.binding().side()))
        && resolver.find(parent, name, state).exists()) {
      throw new ErrnoException(Errno.EEXIST, name);
    }
  }

  private Entry makeEntry(
      Caller caller, DirectoryNode parent, String name, Decision decision, int umask, Making making)
      throws ErrnoException {
    RuleState state = parent.state().step(name);
    return make(
        caller,
        parent,
        name,
        decision,
        umask,
        (root, path) -> {
          making.at(root, path);
          Stat stat = root.stat(path);
          return resolver.entry(parent, name, Found.of(decision.binding().side(), state, stat));
        },
        late -> table.forget(late.node(), 1));
  }

  /**
   * Makes something on the side that the decision names: owned by the caller, with the mode that
   * the umask or the directory's default ACL leaves, in a directory that is made there if need be,
   * and told to the observer.
   *
   * @param discard gives back what a result holds; for one that comes too late
   */
  <T> T make(
      Caller caller,
      DirectoryNode parent,
      String name,
      Decision decision,
      int umask,
      MakingOf<T> making,
      Consumer<? super T> discard)
      throws ErrnoException {
    ReservedNames.refuse(parent, name);
    Side side = decision.binding().side();
    return parents.making(
        side,
        parent,
        () ->
            storage.in(
                side,
                decision,
                root -> {
                  String path = parent.path(name);
                  changes.admit(path, decision);
                  T made =
                      Credentials.as(
                          caller.uid(), caller.gid(), umask, () -> making.at(root, path));
                  changes.changed(path, decision);
                  return made;
                },
                discard));
  }

  void unlink(DirectoryNode parent, String name) throws ErrnoException {
    ReservedNames.deny(parent, name);
    Decision decision = parent.state().step(name).file();
    remove(parent, name, decision, BackingRoot::unlink, false);
  }

  void rmdir(DirectoryNode parent, String name) throws ErrnoException {
    ReservedNames.deny(parent, name);
    RuleState state = parent.state().step(name);
    if (state.mixed()) {
      merged.remove(parent, name, state);
    } else {
      remove(parent, name, state.directory(), BackingRoot::rmdir, true);
    }
  }

  private void remove(
      DirectoryNode parent, String name, Decision decision, Making removal, boolean directory)
      throws ErrnoException {
    storage.in(
        decision.binding().side(),
        decision,
        root -> {
          String path = parent.path(name);
          changes.admit(path, decision);
          if (table.child(parent, name) instanceof FileNode file) {
            formerLogs.loses(file.identity(), new Link(parent, name));
          }
          Runnable bookkeeping = () -> table.remove(parent, name);
          removals.remove(root, parent, name, () -> removal.at(root, path), bookkeeping);
          changes.changed(path, decision);
          changes.removed(path, decision, directory);
          return null;
        });
  }
}
