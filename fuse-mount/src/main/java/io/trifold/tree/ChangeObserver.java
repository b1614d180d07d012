package io.trifold.tree;

import io.trifold.fuse.Caller;
import io.trifold.posix.ErrnoException;
import io.trifold.rules.Options;

/**
 * Is told of what callers do to propagated paths. Paths are relative to the root. Called on the
 * threads that serve requests, after the change stands on the disk and before the caller is
 * answered, with the namespace's lock held at most for reading: it must be quick, must not touch
 * the disk, and must not call back.
 */
public interface ChangeObserver {
  /** Before a propagated path is changed; an exception refuses it. */
  void admit(String path) throws ErrnoException;

  /** What stands at the path may differ from before, in content or metadata, or be gone. */
  void changed(String path);

  /** The same for the path and all below it: a directory was moved here, or away. */
  void changedTree(String path);

  /** A directory was moved from one path to another, or two were exchanged: as one change. */
  default void moved(String from, String to) {
    // In this order, whoever hears of one before the other never takes it for deleted.
    changedTree(to);
    changedTree(from);
  }

  /** {@link #changed(String)}, by this caller. */
  default void changed(String path, Caller by) {
    changed(path);
  }

  /** {@link #moved(String, String)}, by this caller. */
  default void moved(String from, String to, Caller by) {
    moved(from, to);
  }

  /**
   * The caller asked for durability of the path ({@code fsync}): what {@link #changed} was told of
   * it must not be forgotten over a crash. May wait for the disk.
   */
  void persist(String path) throws ErrnoException;

  /**
   * A caller closed a file, or asked for its durability, whose rule says that this returns later
   * than at once. Called without any lock, after {@link #changed}; may wait as long as the rule
   * says, see {@link io.trifold.fuse.Interruption}.
   *
   * @throws ErrnoException what the caller is told
   */
  void settle(String path, Options options) throws ErrnoException;

  /** Nobody listens. */
  ChangeObserver NONE =
      new ChangeObserver() {
        @Override
        public void admit(String path) {}

        @Override
        public void changed(String path) {}

        @Override
        public void changedTree(String path) {}

        @Override
        public void persist(String path) {}

        @Override
        public void settle(String path, Options options) {}
      };
}
