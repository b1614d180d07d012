package io.trifold.tree;

import io.trifold.fuse.Attributes;
import io.trifold.fuse.Entry;
import io.trifold.posix.BackingRoot;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.PinnedFile;
import io.trifold.posix.Posix;
import io.trifold.posix.Stat;
import io.trifold.rules.RuleState;
import io.trifold.rules.Side;
import java.util.concurrent.TimeUnit;

/** From names and nodes to what stands on the disks, seen through the rules. */
final class Resolver {
  private final Storage storage;
  private final NodeTable table;
  private final Routes routes;
  private final SharedListings listings;
  private final NodeLimit limit;

  Resolver(
      Storage storage, NodeTable table, Routes routes, SharedListings listings, NodeLimit limit) {
    this.storage = storage;
    this.table = table;
    this.routes = routes;
    this.listings = listings;
    this.limit = limit;
  }

  /** Makes a path, with the names as they are at that moment. */
  @FunctionalInterface
  private interface PathMaker {
    String make() throws ErrnoException;
  }

  /** What is done to one file. */
  @FunctionalInterface
  interface OnFile<T> {
    T call(PinnedFile file) throws ErrnoException;
  }

  /** What stands at a name, with a reference to its node; absence is an answer. */
  Entry lookup(DirectoryNode parent, String name) throws ErrnoException {
    RuleState state = parent.state().step(name);
    if (Routes.looksAt(state, Side.APPLICATION)) {
      Entry entry =
          storage.in(
              Side.APPLICATION,
              Routes.bound(state),
              root -> {
                Found found = onApplication(state, root, parent.path(name));
                return isSettled(found) ? entry(parent, name, found) : null;
              });
      if (entry != null) {
        return entry;
      }
    }
    return entry(parent, name, find(parent, name, state));
  }

  /** What stands at a name. */
  Found find(DirectoryNode parent, String name, RuleState state) throws ErrnoException {
    return find(state, () -> parent.path(name));
  }

  /** What the directory itself is on the disks; {@code ESTALE} if it is gone. */
  Found standing(DirectoryNode directory) throws ErrnoException {
    Found found = find(directory.state(), directory::path);
    if (!found.isDirectory() || !directory.is(found)) {
      throw new ErrnoException(Errno.ESTALE, "a directory that was replaced");
    }
    return found;
  }

  /**
   * The application's side speaks first: a file there is the answer whatever the shared side holds,
   * and does not wait for it; a directory there is merged with one on the other side.
   */
  private Found find(RuleState state, PathMaker path) throws ErrnoException {
    Found found = new Found(state, null, null);
    if (Routes.looksAt(state, Side.APPLICATION)) {
      found =
          storage.in(
              Side.APPLICATION,
              Routes.bound(state),
              root -> onApplication(state, root, path.make()));
    }
    if (isSettled(found)) {
      return found;
    }
    Stat shared =
        storage.in(
            Side.SHARED, Routes.bound(state), root -> seen(state, Side.SHARED, root, path.make()));
    boolean shadowed = found.exists() && shared != null && !shared.isDirectory();
    return new Found(state, found.application(), shadowed ? null : shared);
  }

  private static Found onApplication(RuleState state, BackingRoot root, String path)
      throws ErrnoException {
    return new Found(state, seen(state, Side.APPLICATION, root, path), null);
  }

  /** Whether the shared side cannot add anything to what is known already. */
  private static boolean isSettled(Found found) {
    RuleState state = found.state();
    if (!Routes.looksAt(state, Side.SHARED)) {
      return true;
    }
    if (!found.exists()) {
      return false;
    }
    return !found.isDirectory() || state.directory().binding().side() == Side.APPLICATION;
  }

  private static Stat seen(RuleState state, Side side, BackingRoot root, String path)
      throws ErrnoException {
    Stat stat = statIfThere(root, path);
    return stat != null && Routes.seen(state, side, stat.isDirectory()) ? stat : null;
  }

  /** {@code null} if nothing stands there, or something other than a directory on the way to it. */
  static Stat statIfThere(BackingRoot root, String path) throws ErrnoException {
    try {
      return root.stat(path);
    } catch (ErrnoException e) {
      if (isAbsence(e)) {
        return null;
      }
      throw e;
    }
  }

  static boolean isAbsence(ErrnoException e) {
    return e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR || e.errno() == Errno.ELOOP;
  }

  /** The answer that names what was found, with a reference to its node. */
  Entry entry(DirectoryNode parent, String name, Found found) {
    RuleState state = found.state();
    if (!found.exists()) {
      return Entry.absent(routes.nameNanos(state, false));
    }
    Node node = table.enter(parent, name, found);
    limit.check();
    if (node instanceof DirectoryNode directory) {
      listings.askedAbout(directory);
    }
    return new Entry(
        node.number(),
        0,
        shown(node, state, found.stat()),
        routes.nameNanos(state, found.application() != null),
        routes.attributeNanos(state, found.side(), found.isDirectory()));
  }

  /** The stat as callers see it: a merged directory has no count of links that would make sense. */
  private static Stat shown(Node node, RuleState state, Stat stat) {
    boolean merged = stat.isDirectory() && state.mixed();
    return stat.with(node.inode(), merged ? 1 : stat.links());
  }

  /** The answer that gives the node's attributes. */
  Attributes attributes(Node node, RuleState state, Side side, Stat stat) {
    return new Attributes(
        shown(node, state, stat), routes.attributeNanos(state, side, stat.isDirectory()));
  }

  Attributes attributes(DirectoryNode directory) throws ErrnoException {
    if (isRemoved(directory)) {
      return removedAttributes(directory, onRemoved(directory, PinnedFile::stat));
    }
    Found found = standing(directory);
    listings.askedAbout(directory);
    return attributes(directory, found.state(), found.side(), found.stat());
  }

  /** Of a directory that was removed: who is still in it asks, and nobody else. */
  static Attributes removedAttributes(DirectoryNode directory, Stat stat) {
    return new Attributes(stat.with(directory.inode(), stat.links()), Entry.UNLIMITED);
  }

  /** Whether a directory has no name any more, and its node holds it. */
  static boolean isRemoved(DirectoryNode directory) {
    return !directory.isRoot() && directory.link() == null && directory.pin() != null;
  }

  /** Acts on a directory that was removed. */
  <T> T onRemoved(DirectoryNode directory, OnFile<T> use) throws ErrnoException {
    return storage.on(
        directory.home(), directory.state().directory(), () -> use.call(directory.pin()));
  }

  /**
   * The file's attributes.
   *
   * @param handle may be {@code null}
   */
  Attributes attributes(FileNode file, FileHandle handle) throws ErrnoException {
    FileHandle opened = handle != null && handle.isOpened() ? handle : null;
    Stat stat = opened == null ? statByName(file) : null;
    if (stat == null) {
      stat = withFile(file, opened, PinnedFile::stat);
    }
    file.setSize(stat.size());
    return attributes(file, stat);
  }

  /** {@code null} if none of its names leads to it. */
  private Stat statByName(FileNode file) throws ErrnoException {
    return storage.in(
        file.side(),
        Routes.bound(file),
        root -> {
          for (Link link : file.links()) {
            Stat stat = statOf(root, link);
            if (stat != null && file.is(stat)) {
              return stat;
            }
          }
          return null;
        });
  }

  private static Stat statOf(BackingRoot root, Link link) throws ErrnoException {
    try {
      return statIfThere(root, link.path());
    } catch (ErrnoException e) {
      if (isAbsence(e)) {
        return null; // its directory was removed
      }
      throw e;
    }
  }

  /** How long the kernel may keep a directory's attributes, and what it lists. */
  long attributeNanos(DirectoryNode directory) {
    return routes.attributeNanos(directory.state(), directory.home(), true);
  }

  Attributes attributes(FileNode file, Stat stat) {
    return new Attributes(stat.with(file.inode(), stat.links()), attributeNanos(file));
  }

  private long attributeNanos(FileNode file) {
    for (Link link : file.links()) {
      return routes.attributeNanos(link.state(), file.side(), false);
    }
    // Without a name only those who have it open can ask, and they pass here.
    return file.side() == Side.APPLICATION ? Entry.UNLIMITED : TimeUnit.SECONDS.toNanos(1);
  }

  /**
   * Acts on a file, by the descriptor of a handle if there is one, else by one of its names, else,
   * if it has none any more, by what its node holds, or by any handle. On the application's side no
   * name moves meanwhile.
   *
   * @param handle may be {@code null}
   */
  <T> T withFile(FileNode file, FileHandle handle, OnFile<T> use) throws ErrnoException {
    return withFile(file, handle, false, use);
  }

  /**
   * The same for who is about to change the content. Where the file was replaced and the kernel has
   * not heard of it, {@code ESTALE} has it look again: by a handle that is still open, what is
   * written would go to the old file and be lost.
   */
  <T> T withFileToWrite(FileNode file, FileHandle handle, OnFile<T> use) throws ErrnoException {
    return withFile(file, handle, true, use);
  }

  private <T> T withFile(FileNode file, FileHandle handle, boolean writes, OnFile<T> use)
      throws ErrnoException {
    return storage.in(
        file.side(),
        Routes.bound(file),
        root -> {
          if (handle != null && handle.acquire()) {
            return withHandle(handle, use);
          }
          for (Link link : file.links()) {
            try (PinnedFile pinned = pinIfThere(root, link)) {
              if (pinned != null && file.is(pinned.stat())) {
                return use.call(pinned);
              }
            }
          }
          if (writes && (file.isReplaced() || !file.links().isEmpty())) {
            throw new ErrnoException(Errno.ESTALE, "a file that was replaced");
          }
          return withoutName(file, use);
        });
  }

  /** Gives the handle up, which must have been acquired. */
  private static <T> T withHandle(FileHandle handle, OnFile<T> use) throws ErrnoException {
    try {
      return use.call(PinnedFile.borrow(handle.fd()));
    } finally {
      handle.drop();
    }
  }

  /**
   * Of a file that was replaced only who has it open is served. Others come by a name that stands
   * for something else by now: they are to look again.
   */
  private static <T> T withoutName(FileNode file, OnFile<T> use) throws ErrnoException {
    if (file.isReplaced() && file.handles().isEmpty()) {
      throw new ErrnoException(Errno.ESTALE, "a file that was replaced");
    }
    PinnedFile pin = file.pin();
    return pin != null && file.is(pin.stat()) ? use.call(pin) : withAnyHandle(file, use);
  }

  /**
   * Opens a file by one of its names, or without, and gives the descriptor and what is open. A file
   * that was replaced cannot be opened any more: {@code ESTALE} has the kernel look again.
   */
  Opened open(FileNode file, int flags) throws ErrnoException {
    return storage.in(
        file.side(),
        Routes.bound(file),
        root -> {
          for (Link link : file.links()) {
            Opened opened = openIfThere(root, link, flags);
            if (opened != null && file.is(opened.stat())) {
              return opened;
            }
            if (opened != null) {
              Posix.close(opened.fd());
            }
          }
          boolean writes = (flags & Posix.O_ACCMODE) != Posix.O_RDONLY;
          if (file.isReplaced() || (writes && !file.links().isEmpty())) {
            throw new ErrnoException(Errno.ESTALE, "a file that was replaced");
          }
          return openWithoutName(file, flags);
        },
        late -> Posix.close(late.fd()));
  }

  /** What was opened: its owner closes the descriptor. */
  record Opened(int fd, Stat stat) {}

  private static Opened openIfThere(BackingRoot root, Link link, int flags) throws ErrnoException {
    try {
      return opened(root.openFile(link.path(), flags, 0));
    } catch (ErrnoException e) {
      // ENXIO: a socket, or a FIFO that nobody reads
      if (isAbsence(e) || e.errno() == Errno.ENXIO) {
        return null;
      }
      throw e;
    }
  }

  /** Also of a handle that was made before the file was replaced: it reads what it was made for. */
  static Opened openWithoutName(FileNode file, int flags) throws ErrnoException {
    return withoutName(file, pinned -> opened(pinned.open(flags)));
  }

  static Opened opened(int fd) throws ErrnoException {
    try {
      return new Opened(fd, Posix.stat(fd));
    } catch (ErrnoException e) {
      Posix.close(fd);
      throw e;
    }
  }

  private static <T> T withAnyHandle(FileNode file, OnFile<T> use) throws ErrnoException {
    for (FileHandle handle : file.handles()) {
      if (handle.isOpened() && handle.acquire()) {
        return withHandle(handle, use);
      }
    }
    throw new ErrnoException(Errno.ESTALE, "a file without a name");
  }

  private static PinnedFile pinIfThere(BackingRoot root, Link link) throws ErrnoException {
    try {
      return root.pin(link.path());
    } catch (ErrnoException e) {
      if (isAbsence(e)) {
        return null;
      }
      throw e;
    }
  }

  /** Acts on a directory, on the side that speaks for it. */
  <T> T withDirectory(DirectoryNode directory, OnFile<T> use) throws ErrnoException {
    if (isRemoved(directory)) {
      return onRemoved(directory, use);
    }
    return withDirectory(directory, standing(directory).side(), use);
  }

  /** Acts on a directory on this side. */
  <T> T withDirectory(DirectoryNode directory, Side side, OnFile<T> use) throws ErrnoException {
    return storage.in(
        side,
        directory.state().directory(),
        root -> {
          try (PinnedFile pinned = root.pin(directory.path())) {
            return use.call(pinned);
          }
        });
  }

  /** Acts on what the node stands for, on the side that speaks for it. */
  <T> T with(Node node, OnFile<T> use) throws ErrnoException {
    return node instanceof DirectoryNode directory
        ? withDirectory(directory, use)
        : withFile((FileNode) node, null, use);
  }
}
