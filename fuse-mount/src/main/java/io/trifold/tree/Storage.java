package io.trifold.tree;

import io.trifold.posix.BackingRoot;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.rules.Binding;
import io.trifold.rules.Decision;
import io.trifold.rules.Options;
import io.trifold.rules.RuleSet;
import io.trifold.rules.Side;
import io.trifold.shared.SharedRoot;
import java.time.Duration;
import java.util.Comparator;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;

/**
 * Both sides, and the lock over the application's names. Who makes a path from names and uses it on
 * the application's side holds the lock for reading around both; who renames, or swaps files below
 * the mount, holds it for writing. The shared side has writers on other hosts that no lock of ours
 * stops, and it may hang: calls on it hold no lock, pass {@link SharedRoot} with the time limit of
 * the rule that binds their path, and are made again if a rename here overtook the path.
 */
final class Storage {
  private final BackingRoot application;

  /** {@code null} where no rule is {@code remote}. */
  private final SharedRoot shared;

  /** The limit of what no {@code remote} rule binds, but is merged: the shortest of all rules. */
  private volatile Duration limit;

  private final RuleSet rules;

  private final ReadWriteLock names = new ReentrantReadWriteLock();

  /** Counts renames of directories on the shared side. */
  private volatile long sharedMoves;

  Storage(TreeSettings settings) {
    this.application = settings.application();
    this.shared = settings.shared();
    this.rules = settings.rules();
    rulesChanged();
  }

  /** To be called when the rule set has become another. */
  void rulesChanged() {
    limit =
        rules.rules().stream()
            .filter(rule -> rule.binding() == Binding.REMOTE)
            .map(rule -> rule.options().timeout())
            .min(Comparator.naturalOrder())
            .orElse(Options.NONE.timeout());
  }

  BackingRoot application() {
    return application;
  }

  /**
   * Runs an action that makes paths from names itself and uses them on this side.
   *
   * @param bound what binds the path: on the shared side its rule's time limit holds
   */
  <T> T in(Side side, Decision bound, OnRoot<T> action) throws ErrnoException {
    return in(side, bound, action, nothing -> {});
  }

  /**
   * The same for an action whose result holds something.
   *
   * @param discard gives that back; for a result of the shared side that comes too late
   */
  <T> T in(Side side, Decision bound, OnRoot<T> action, Consumer<? super T> discard)
      throws ErrnoException {
    if (side == Side.APPLICATION) {
      return reading(() -> action.call(application));
    }
    long moves = sharedMoves;
    try {
      return call(bound, action, discard);
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ENOENT && sharedMoves != moves) {
        return call(bound, action, discard);
      }
      throw e;
    }
  }

  /**
   * Runs an action on a descriptor of a file of this side; it needs no name. On the shared side it
   * may end long after its caller was told that it failed: it must hold what it uses.
   */
  <T> T on(Side side, Decision bound, Namespace.Exclusive<T> action) throws ErrnoException {
    return on(side, bound, action, nothing -> {});
  }

  <T> T on(Side side, Decision bound, Namespace.Exclusive<T> action, Consumer<? super T> discard)
      throws ErrnoException {
    return side == Side.APPLICATION ? action.run() : call(bound, root -> action.run(), discard);
  }

  private <T> T call(Decision bound, OnRoot<T> action, Consumer<? super T> discard)
      throws ErrnoException {
    if (shared == null) {
      throw new ErrnoException(Errno.EIO, "no shared storage");
    }
    return shared.call(limit(bound), action::call, discard);
  }

  private Duration limit(Decision bound) {
    return bound.binding() == Binding.REMOTE ? bound.options().timeout() : limit;
  }

  /**
   * Gives back what an action on this side got; that is not refused, and on the shared side may be
   * done later.
   */
  void giveBack(Side side, Decision bound, Runnable action) {
    if (side == Side.APPLICATION) {
      action.run();
    } else {
      shared.giveBack(limit(bound), action);
    }
  }

  /** Within an action on the shared side: a step of it, which has the limit of time for itself. */
  <T> T step(Side side, OnRoot<T> action) throws ErrnoException {
    return in(side, Routes.NAMELESS, action);
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
   * Runs an action exclusively, and then, before anybody else can run exclusively, another one on
   * its result with the lock held for reading.
   */
  <T> void exclusivelyThen(Namespace.Exclusive<T> action, Consumer<? super T> then)
      throws ErrnoException {
    T result;
    names.writeLock().lock();
    try {
      result = action.run();
      names.readLock().lock();
    } finally {
      names.writeLock().unlock();
    }
    try {
      then.accept(result);
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
