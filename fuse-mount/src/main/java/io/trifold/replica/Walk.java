package io.trifold.replica;

import io.trifold.posix.ErrnoException;
import io.trifold.rules.Binding;
import io.trifold.rules.RuleState;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * Walks the application root and shows what is propagated, directories before what is in them.
 * Symlinks are not followed. A directory that does not travel itself is walked all the same, for
 * the rules may bind something in it.
 */
final class Walk {
  private final Disk disk;
  private final RuleState rules;

  Walk(Disk disk, RuleState rules) {
    this.disk = disk;
    this.rules = rules;
  }

  /** Takes what the walk meets. */
  @FunctionalInterface
  interface Visitor {
    void visit(String path) throws ErrnoException;
  }

  private record Step(String path, RuleState rules) {}

  /** Shows the path itself, unless it is the root, and what is below it. */
  void from(String path, Visitor visitor) throws ErrnoException {
    RuleState state = PathNames.rules(rules, path);
    Deque<Step> directories = new ArrayDeque<>();
    if (path.isEmpty()) {
      directories.push(new Step(path, state));
    } else {
      show(path, state, Kind.of(disk.look(path)), directories, visitor);
    }
    while (!directories.isEmpty()) {
      Step directory = directories.pop();
      try {
        for (Disk.Listed entry : disk.list(directory.path)) {
          String child = PathNames.child(directory.path, entry.name());
          show(child, directory.rules.step(entry.name()), entry.kind(), directories, visitor);
        }
      } catch (ErrnoException e) {
        // Removed or replaced since it was listed: who did that left marks.
        if (!e.isAbsence()) {
          throw e;
        }
      }
    }
  }

  private static void show(
      String path, RuleState state, Optional<Kind> kind, Deque<Step> directories, Visitor visitor)
      throws ErrnoException {
    if (PathNames.isHidden(path) || kind.isEmpty() || kind.get() == Kind.ABSENT) {
      return;
    }
    if (kind.get().travels(state)) {
      visitor.visit(path);
    }
    if (kind.get() == Kind.DIRECTORY && reachesApplicationSide(state)) {
      directories.push(new Step(path, state));
    }
  }

  private static boolean reachesApplicationSide(RuleState state) {
    return state.directory().binding() != Binding.REMOTE || state.mixed();
  }
}
