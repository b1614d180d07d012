package io.trifold.tree;

import io.trifold.posix.BackingRoot;
import io.trifold.posix.ErrnoException;
import java.util.Collection;

/**
 * The way in for who changes the application root below the mount: the replica's apply.
 *
 * <p>Order: take {@link #exclusively} with the paths, swap files in the {@link #applicationRoot},
 * come out, then call {@link #replaced}. The notices to the kernel are sent by {@code replaced},
 * outside the lock.
 */
public interface Namespace {
  /** The application's own directory, below the mount. */
  BackingRoot applicationRoot();

  /** What runs with no caller's operation on names under way. */
  @FunctionalInterface
  interface Exclusive<T> {
    T run() throws ErrnoException;
  }

  /**
   * Runs an action while no request changes or resolves names on the application's side. It should
   * be short: renames, not copies. Not to be nested.
   *
   * @param paths all that the action may replace or remove; of these, all that it did is then to be
   *     told to {@link #replaced}, and may be all
   */
  <T> T exclusively(Collection<String> paths, Exclusive<T> action) throws ErrnoException;

  /** Whether some caller has the file at this path open for writing. */
  boolean openForWriting(String path);

  /**
   * Whether the file at this path may be changed by a program that has it mapped, which leaves no
   * trace in its times as long as the changes are not on the disk.
   */
  boolean mayBeMapped(String path);

  /**
   * Tells the observer of what was written since this was last asked, and that no request tells of:
   * where the kernel writes files itself, while they stay open or are mapped.
   */
  void tellOfWrites() throws ErrnoException;

  /**
   * These paths were changed below the mount, or appeared, or are gone: forgets what the tree knows
   * of them and has the kernel forget it too. Must not be called inside {@link #exclusively}.
   */
  void replaced(Collection<String> paths);
}
