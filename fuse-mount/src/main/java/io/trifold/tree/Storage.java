package io.trifold.tree;

import io.trifold.posix.BackingRoot;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.rules.Side;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Both sides, and the lock over the application's names. Who makes a path from names and uses it on
 * the application's side holds the lock for reading around both; who renames, or swaps files below
 * the mount, holds it for writing. The shared side has writers on other hosts that no lock of ours
 * stops, and it may hang: calls on it hold no lock, and are made again if a rename here overtook
 * their path.
 */
final class Storage {
  private final BackingRoot application;
  private final SharedRoot shared;
  private final ReadWriteLock names = new ReentrantReadWriteLock();

  /** Counts renames of directories on the shared side. */
  private volatile long sharedMoves;

  Storage(BackingRoot application, BackingRoot shared) {
    this.application = application;
    this.shared = new SharedRoot(shared);
  }

  BackingRoot application() {
    return application;
  }

  /** Runs an action that makes paths from names itself and uses them on this side. */
  <T> T in(Side side, OnRoot<T> action) throws ErrnoException {
    if (side == Side.APPLICATION) {
      return reading(() -> action.call(application));
    }
    long moves = sharedMoves;
    try {
      return shared.call(action);
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ENOENT && sharedMoves != moves) {
        return shared.call(action);
      }
      throw e;
    }
  }

  /** Runs an action on a descriptor of a file of this side; it needs no name. */
  <T> T on(Side side, Namespace.Exclusive<T> action) throws ErrnoException {
    return side == Side.APPLICATION ? action.run() : shared.call(root -> action.run());
  }

  /** Runs an action while no name on the application's side moves. */
  <T> T reading(Namespace.Exclusive<T> action) throws ErrnoException {
    names.readLock().lock();
    try {
      return action.run();
    } finally {
      names.readLock().unlock();
    }
  }

  /** Runs an action with no other use of names on the application's side under way. */
  <T> T exclusively(Namespace.Exclusive<T> action) throws ErrnoException {
    names.writeLock().lock();
    try {
      return action.run();
    } finally {
      names.writeLock().unlock();
    }
  }

  /**
   * Runs an action exclusively, and then, before anybody else can run exclusively, another one with
   * the lock held for reading.
   */
  void exclusivelyThen(Namespace.Exclusive<?> action, Runnable then) throws ErrnoException {
    names.writeLock().lock();
    try {
      action.run();
      names.readLock().lock();
    } finally {
      names.writeLock().unlock();
    }
    try {
      then.run();
    } finally {
      names.readLock().unlock();
    }
  }

  /** A directory of the shared side was renamed; to be called with the lock held for writing. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // only under the write lock
  void sharedDirectoryMoved() {
    sharedMoves++;
  }
}
