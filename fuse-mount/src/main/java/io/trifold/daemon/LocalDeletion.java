package io.trifold.daemon;

import io.trifold.posix.BackingRoot;
import io.trifold.posix.DirectoryReader;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Stat;
import io.trifold.rules.Binding;
import io.trifold.rules.Decision;
import io.trifold.rules.RuleSet;
import io.trifold.rules.RuleState;
import io.trifold.tree.Namespace;
import java.util.ArrayList;
import java.util.List;

/**
 * Deletes below the mount what another host has deleted. Only what this host's rules broadcast,
 * too; what is bound otherwise stays, with the directories above it.
 */
final class LocalDeletion {
  /** Callers wait meanwhile. */
  private static final int AT_ONCE = 200;

  private final RuleSet rules;
  private final Namespace namespace;

  LocalDeletion(RuleSet rules, Namespace namespace) {
    this.rules = rules;
    this.namespace = namespace;
  }

  /** Deletes a file, or a directory with all that is below it. */
  void delete(String path, boolean directory) throws ErrnoException {
    if (path.equals(".trifold") || path.startsWith(".trifold/") || path.startsWith(".trifold~")) {
      return;
    }
    RuleState state = rules.at(path);
    if (directory) {
      deleteTree(path, state);
    } else if (isBroadcast(state.file())) {
      unlink(List.of(path));
    }
  }

  private static boolean isBroadcast(Decision decision) {
    return decision.binding() == Binding.LOCAL && decision.options().broadcastDeletes();
  }

  private void deleteTree(String path, RuleState state) throws ErrnoException {
    List<String> files = new ArrayList<>();
    List<String> directories = new ArrayList<>();
    try (DirectoryReader entries = namespace.applicationRoot().openDirectory(path)) {
      while (entries.next()) {
        boolean directory = (entries.stat().mode() & Stat.S_IFMT) == Stat.S_IFDIR;
        if (directory) {
          directories.add(entries.name());
        } else if (isBroadcast(state.step(entries.name()).file())) {
          files.add(path + "/" + entries.name());
        }
      }
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR) {
        return;
      }
      throw e;
    }
    for (int i = 0; i < files.size(); i += AT_ONCE) {
      unlink(files.subList(i, Math.min(files.size(), i + AT_ONCE)));
    }
    for (String name : directories) {
      deleteTree(path + "/" + name, state.step(name));
    }
    if (isBroadcast(state.directory())) {
      remove(List.of(path), BackingRoot::rmdir);
    }
  }

  private void unlink(List<String> paths) throws ErrnoException {
    remove(paths, BackingRoot::unlink);
  }

  /** Takes one name away. */
  @FunctionalInterface
  private interface Removal {
    void at(BackingRoot root, String path) throws ErrnoException;
  }

  private void remove(List<String> paths, Removal removal) throws ErrnoException {
    BackingRoot root = namespace.applicationRoot();
    try {
      namespace.exclusively(
          paths,
          () -> {
            for (String path : paths) {
              removeIfThere(root, path, removal);
            }
            return null;
          });
    } finally {
      namespace.replaced(paths);
    }
  }

  /** Gone already, or filled again: as good as deleted. Something else stands there: not ours. */
  private static void removeIfThere(BackingRoot root, String path, Removal removal)
      throws ErrnoException {
    try {
      removal.at(root, path);
    } catch (ErrnoException e) {
      switch (e.errno()) {
        case Errno.ENOENT, Errno.ENOTDIR, Errno.EISDIR, Errno.ENOTEMPTY -> {}
        default -> throw e;
      }
    }
  }
}
