package io.trifold.tree;

import io.trifold.posix.BackingRoot;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Stat;
import io.trifold.rules.Decision;
import io.trifold.rules.RuleState;
import io.trifold.rules.Side;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/**
 * Renames.
 *
 * <p>On one side a rename is one of the disk's, whatever the bindings; a file or symlink whose new
 * name is bound to the other side is moved there by {@link CrossBindingMove}. A directory is moved
 * only if all below it stays on its side: if nothing below either name reaches the other side, or
 * if the rules cannot tell the two names apart and the directory stands on one side alone.
 * Otherwise it is {@code EXDEV}, and {@code mv} copies.
 */
final class Renames {
  private final Storage storage;
  private final NodeTable table;
  private final Resolver resolver;
  private final ParentDirectories parents;
  private final CrossBindingMove crossMove;
  private final Removals removals;
  private final Changes changes;
  private final FormerLogs formerLogs;

  /** The paths of directories that must not move. */
  private volatile Set<String> heldInPlace = Set.of();

  Renames(
      Storage storage,
      NodeTable table,
      Resolver resolver,
      ParentDirectories parents,
      CrossBindingMove crossMove,
      Removals removals,
      Changes changes,
      FormerLogs formerLogs) {
    this.storage = storage;
    this.table = table;
    this.resolver = resolver;
    this.parents = parents;
    this.crossMove = crossMove;
    this.removals = removals;
    this.changes = changes;
    this.formerLogs = formerLogs;
  }

  /** Lets no directory be renamed that is above one of these. */
  void holdInPlace(Collection<String> paths) {
    Set<String> above = new HashSet<>();
    for (String path : paths) {
      for (int slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
        above.add(path.substring(0, slash));
      }
    }
    heldInPlace = Set.copyOf(above);
  }

  /** A name, its place in the rules, and what stands there. */
  private record Place(Link link, RuleState state, Found found) {
    String name() {
      return link.name();
    }

    DirectoryNode parent() {
      return link.parent();
    }

    String path() throws ErrnoException {
      return link.path();
    }

    /** What decides over an entry that is, or is not, a directory at this name. */
    Decision decision(boolean directory) {
      return directory ? state.directory() : state.file();
    }
  }

  void rename(DirectoryNode from, String name, DirectoryNode to, String newName, int flags)
      throws ErrnoException {
    if ((flags & ~(BackingRoot.RENAME_NOREPLACE | BackingRoot.RENAME_EXCHANGE)) != 0) {
      throw new ErrnoException(Errno.EINVAL, name);
    }
    ReservedNames.deny(from, name);
    ReservedNames.refuse(to, newName);
    Place source = place(from, name);
    Place target = place(to, newName);
    if (!source.found().exists()) {
      throw new ErrnoException(Errno.ENOENT, name);
    }
    if (isOneFile(source.found(), target.found())) {
      return;
    }
    requireNotHeld(source);
    requireNotHeld(target);
    losesName(source);
    losesName(target);
    if ((flags & BackingRoot.RENAME_EXCHANGE) != 0) {
      exchange(source, target);
    } else {
      move(source, target, flags);
    }
  }

  private Place place(DirectoryNode parent, String name) throws ErrnoException {
    RuleState state = parent.state().step(name);
    return new Place(new Link(parent, name), state, resolver.find(parent, name, state));
  }

  /** Two names of one file: nothing happens, see {@code rename(2)}. */
  private static boolean isOneFile(Found source, Found target) {
    return target.exists()
        && !source.isDirectory()
        && source.side() == target.side()
        && Identity.of(source.stat()).equals(Identity.of(target.stat()));
  }

  private void move(Place source, Place target, int flags) throws ErrnoException {
    boolean directory = source.found().isDirectory();
    boolean noReplace = (flags & BackingRoot.RENAME_NOREPLACE) != 0;
    refuseTarget(source, target, noReplace);
    Side side = source.found().side();
    if (!directory) {
      SizeLimits.requireFits(source.found().stat(), target.state().file());
    }
    if (directory) {
      requireMovable(source, target);
    } else if (target.state().file().binding().side() != side) {
      Stat stat = source.found().stat();
      if (!stat.isRegular() && !stat.isSymlink()) {
        throw new ErrnoException(Errno.EXDEV, source.name());
      }
      crossMove.run(
          source.link(), source.state().file(), target.link(), target.state().file(), noReplace);
      return;
    }
    parents.making(
        side,
        target.parent(),
        () -> {
          renameOnDisk(
              side,
              source,
              target,
              flags,
              () -> table.move(source.parent(), source.name(), target.parent(), target.name()));
          return null;
        });
  }

  /** What the disk would not see, as it stands on its other side, is refused as the disk does. */
  private static void refuseTarget(Place source, Place target, boolean noReplace)
      throws ErrnoException {
    if (!target.found().exists()) {
      return;
    }
    if (noReplace) {
      throw new ErrnoException(Errno.EEXIST, target.name());
    }
    boolean directory = source.found().isDirectory();
    if (directory != target.found().isDirectory()) {
      throw new ErrnoException(directory ? Errno.ENOTDIR : Errno.EISDIR, target.name());
    }
  }

  private void losesName(Place place) throws ErrnoException {
    if (place.found().exists() && !place.found().isDirectory()) {
      storage.reading(
          () -> {
            formerLogs.loses(Identity.of(place.found().stat()), place.link());
            return null;
          });
    }
  }

  private void requireNotHeld(Place place) throws ErrnoException {
    if (heldInPlace.isEmpty() || !place.found().isDirectory()) {
      return;
    }
    if (heldInPlace.contains(storage.reading(place::path))) {
      throw new ErrnoException(Errno.EBUSY, place.name());
    }
  }

  private void requireMovable(Place source, Place target) throws ErrnoException {
    if (!source.state().mixed() && !target.state().mixed()) {
      if (source.state().directory().binding().side()
          == target.state().directory().binding().side()) {
        return;
      }
    } else if (source.state().equals(target.state())) {
      Side other = Sides.other(source.found().side());
      if (!standsOn(other, source.link()) && !standsOn(other, target.link())) {
        return;
      }
    }
    throw new ErrnoException(Errno.EXDEV, source.name());
  }

  private boolean standsOn(Side side, Link link) throws ErrnoException {
    return storage.in(
            side, Routes.bound(link.state()), root -> Resolver.statIfThere(root, link.path()))
        != null;
  }

  private void exchange(Place first, Place second) throws ErrnoException {
    if (!second.found().exists()) {
      throw new ErrnoException(Errno.ENOENT, second.name());
    }
    Side side = first.found().side();
    if (second.found().side() != side) {
      throw new ErrnoException(Errno.EXDEV, second.name());
    }
    requireStays(first, second, side);
    requireStays(second, first, side);
    renameOnDisk(
        side,
        first,
        second,
        BackingRoot.RENAME_EXCHANGE,
        () -> table.exchange(first.parent(), first.name(), second.parent(), second.name()));
  }

  private void requireStays(Place from, Place to, Side side) throws ErrnoException {
    if (from.found().isDirectory()) {
      requireMovable(from, to);
    } else if (to.state().file().binding().side() != side) {
      throw new ErrnoException(Errno.EXDEV, from.name());
    } else {
      SizeLimits.requireFits(from.found().stat(), to.state().file());
    }
  }

  private static boolean replaces(Place target, int flags) {
    return target.found().exists() && (flags & BackingRoot.RENAME_EXCHANGE) == 0;
  }

  private void renameOnDisk(Side side, Place source, Place target, int flags, Runnable bookkeeping)
      throws ErrnoException {
    if (side == Side.SHARED) {
      storage.in(
          side,
          Routes.bound(source.state()),
          root -> {
            Removals.Removal rename = () -> root.rename(source.path(), root, target.path(), flags);
            if (replaces(target, flags)) {
              removals.remove(root, target.parent(), target.name(), rename, () -> {});
            } else {
              rename.run();
            }
            return null;
          });
      storage.exclusively(
          () -> {
            bookkeeping.run();
            storage.sharedDirectoryMoved();
            return null;
          });
      return;
    }
    storage.reading(
        () -> {
          changes.admit(source.path(), source.decision(source.found().isDirectory()));
          changes.admit(target.path(), target.decision(source.found().isDirectory()));
          return null;
        });
    BackingRoot root = storage.application();
    storage.exclusivelyThen(
        () -> {
          Renamed renamed = new Renamed(Standing.of(source.link()), Standing.of(target.link()));
          Removals.Removal rename =
              () -> root.rename(renamed.from().path(), root, renamed.to().path(), flags);
          if (replaces(target, flags)) {
            removals.remove(target.parent(), target.name(), rename, bookkeeping);
          } else {
            rename.run();
            bookkeeping.run();
          }
          return renamed;
        },
        renamed -> {
          if (source.found().isDirectory() || target.found().isDirectory()) {
            changes.moved(renamed.from().path(), renamed.to().path());
          }
          // In this order, whoever hears of one before the other never takes it for deleted.
          tell(renamed.to(), source, target);
          tell(renamed.from(), source, target);
          if (source.found().isDirectory() && (flags & BackingRoot.RENAME_EXCHANGE) == 0) {
            // As applications do that clear a cache at once: aside, and then deleted.
            changes.removed(renamed.from().path(), renamed.from().state().directory(), true);
          }
        });
  }

  /** What a rename has done. */
  private record Renamed(Standing from, Standing to) {}

  /** An exchange may bring one kind of entry to a place and take another away. */
  private void tell(Standing name, Place source, Place target) {
    Found second = target.found();
    if (!source.found().isDirectory() || (second.exists() && !second.isDirectory())) {
      changes.changed(name.path(), name.state().file());
    }
  }
}
