package io.trifold.init;

import io.trifold.posix.BackingRoot;
import io.trifold.posix.DirectoryReader;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Stat;
import io.trifold.rules.Binding;
import io.trifold.rules.RuleState;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * Walks the application's root and says of each path what is to become of it; directories before
 * what is in them. Symlinks are not followed. Changes nothing.
 */
final class Survey {
  private static final String OWN = ".trifold";
  private static final String TEMPORARY = ".trifold~";

  private final BackingRoot application;
  private final Optional<BackingRoot> shared;
  private final Optional<SameContent> same;

  /**
   * Prepares to walk.
   *
   * @param shared the shared storage; none where no rule is {@code remote}
   */
  Survey(BackingRoot application, Optional<BackingRoot> shared) {
    this.application = application;
    this.shared = shared;
    this.same = shared.map(root -> new SameContent(application, root));
  }

  /** Told of each path. */
  @FunctionalInterface
  interface Visitor {
    void visit(String path, Stat stat, Fate fate) throws ErrnoException;
  }

  private record Step(String path, RuleState rules) {}

  void walk(RuleState root, Visitor visitor) throws ErrnoException {
    Deque<Step> directories = new ArrayDeque<>();
    directories.push(new Step("", root));
    while (!directories.isEmpty()) {
      Step directory = directories.pop();
      for (String name : names(directory.path)) {
        String path = directory.path.isEmpty() ? name : directory.path + "/" + name;
        RuleState rules = directory.rules.step(name);
        Optional<Stat> stat = look(application, path);
        if (stat.isEmpty()) {
          continue;
        }
        visitor.visit(path, stat.get(), fate(path, stat.get(), rules));
        if (stat.get().isDirectory()) {
          directories.push(new Step(path, rules));
        }
      }
    }
  }

  private List<String> names(String directory) throws ErrnoException {
    List<String> names = new ArrayList<>();
    try (DirectoryReader entries = application.openDirectory(directory)) {
      while (entries.next()) {
        String name = entries.name();
        if (!name.startsWith(TEMPORARY) && !(directory.isEmpty() && name.equals(OWN))) {
          names.add(name);
        }
      }
    }
    names.sort(null);
    return names;
  }

  private Fate fate(String path, Stat stat, RuleState rules) throws ErrnoException {
    Binding binding = (stat.isDirectory() ? rules.directory() : rules.file()).binding();
    boolean travels = stat.isDirectory() || stat.isRegular() || stat.isSymlink();
    if (binding == Binding.PROPAGATED && travels) {
      return Fate.REGISTERED;
    }
    if (binding != Binding.REMOTE) {
      return Fate.LOCAL;
    }
    if (!travels) {
      return Fate.SPECIAL;
    }
    Optional<Stat> there = look(shared.orElseThrow(), path);
    if (there.isEmpty()) {
      return isBlocked(path) ? Fate.DIFFERENT : Fate.MOVED;
    }
    if (stat.isDirectory()) {
      return there.get().isDirectory() ? Fate.EQUAL : Fate.DIFFERENT;
    }
    return same.orElseThrow().at(path, stat, there.get()) ? Fate.EQUAL : Fate.DIFFERENT;
  }

  /** Whether something else than a directory stands on the shared storage where one is needed. */
  private boolean isBlocked(String path) throws ErrnoException {
    for (int slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
      Optional<Stat> above = look(shared.orElseThrow(), path.substring(0, slash));
      if (above.isEmpty()) {
        return false;
      }
      if (!above.get().isDirectory()) {
        return true;
      }
    }
    return false;
  }

  static Optional<Stat> look(BackingRoot root, String path) throws ErrnoException {
    try {
      return Optional.of(root.stat(path));
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR || e.errno() == Errno.ELOOP) {
        return Optional.empty();
      }
      throw e;
    }
  }
}
