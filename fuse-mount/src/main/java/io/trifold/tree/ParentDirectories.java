package io.trifold.tree;

import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Stat;
import io.trifold.rules.Decision;
import io.trifold.rules.Side;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Makes merged directories on the side where they are missing, when something is to stand in them
 * there: with the mode and the owner that they have on the other side.
 */
final class ParentDirectories {
  private final Storage storage;
  private final Changes changes;

  ParentDirectories(Storage storage, Changes changes) {
    this.storage = storage;
    this.changes = changes;
  }

  /**
   * Runs an action that makes something in a directory on a side; if the directory is missing there
   * alone, makes it and runs the action again.
   */
  <T> T making(Side side, DirectoryNode directory, Namespace.Exclusive<T> action)
      throws ErrnoException {
    try {
      return action.run();
    } catch (ErrnoException e) {
      if (e.errno() != Errno.ENOENT || !make(side, directory)) {
        throw e;
      }
      return action.run();
    }
  }

  /** Whether anything was made. */
  private boolean make(Side side, DirectoryNode directory) throws ErrnoException {
    Deque<DirectoryNode> missing = new ArrayDeque<>();
    DirectoryNode at = directory;
    while (!at.isRoot() && at.state().mixed() && statOn(side, at) == null) {
      missing.push(at);
      Link link = at.link();
      if (link == null) {
        return false;
      }
      at = link.parent();
    }
    for (DirectoryNode each : missing) {
      if (!makeOne(side, each)) {
        return false;
      }
    }
    return !missing.isEmpty();
  }

  private boolean makeOne(Side side, DirectoryNode directory) throws ErrnoException {
    Stat model = statOn(Sides.other(side), directory);
    if (model == null || !model.isDirectory()) {
      return false;
    }
    Decision decision = directory.state().directory();
    return storage.in(
        side,
        decision,
        root -> {
          String path = directory.path();
          changes.admit(path, decision);
          try {
            root.mkdir(path, 0700);
            root.chown(path, model.uid(), model.gid());
            root.chmod(path, model.permissions());
          } catch (ErrnoException e) {
            if (e.errno() != Errno.EEXIST) {
              throw e;
            }
          }
          changes.changed(path, decision);
          return true;
        });
  }

  private Stat statOn(Side side, DirectoryNode directory) throws ErrnoException {
    return storage.in(
        side, directory.state().directory(), root -> Resolver.statIfThere(root, directory.path()));
  }
}
