package io.trifold.tree;

import io.trifold.fuse.Caller;
import io.trifold.fuse.Created;
import io.trifold.fuse.Entry;
import io.trifold.fuse.LockOwner;
import io.trifold.fuse.OpenFile;
import io.trifold.posix.BackingRoot;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.PinnedFile;
import io.trifold.posix.Posix;
import io.trifold.posix.Stat;
import io.trifold.rules.Binding;
import io.trifold.rules.Decision;
import io.trifold.rules.RuleState;
import io.trifold.rules.Side;
import java.util.Set;
import java.util.function.Consumer;
import jnr.ffi.Pointer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Open regular files: opening, reading, writing, and telling what was written. */
final class OpenFiles {
  /** The flags of an open that mean something to the backing file; the rest is the kernel's. */
  private static final int BACKING_FLAGS =
      Posix.O_ACCMODE | Posix.O_APPEND | Posix.O_SYNC | Posix.O_NOATIME;

  private static final Logger LOG = LoggerFactory.getLogger(OpenFiles.class);

  private final Storage storage;
  private final NodeTable table;
  private final Resolver resolver;
  private final Entries entries;
  private final HandleTable handles;
  private final Locks locks;
  private final Changes changes;
  private final TransferMemory transfers = new TransferMemory();

  OpenFiles(
      Storage storage,
      NodeTable table,
      Resolver resolver,
      Entries entries,
      HandleTable handles,
      Locks locks,
      Changes changes) {
    this.storage = storage;
    this.table = table;
    this.resolver = resolver;
    this.entries = entries;
    this.handles = handles;
    this.locks = locks;
    this.changes = changes;
  }

  OpenFile open(FileNode file, int flags) throws ErrnoException {
    if (!writes(flags) && (flags & Posix.O_TRUNC) == 0) {
      return resolver.withFile(file, null, pinned -> open(file, pinned, flags), this::discard);
    }
    return resolver.withFileToWrite(
        file,
        null,
        pinned -> {
          changes.admit(file);
          return open(file, pinned, flags);
        },
        this::discard);
  }

  /** Closes what was opened too late for whoever asked for it. */
  private void discard(OpenFile late) {
    try {
      release(late.handle());
    } catch (ErrnoException e) {
      LOG.warn("A file that was opened too late could not be closed: {}", e.getMessage());
    }
  }

  private OpenFile open(FileNode file, PinnedFile pinned, int flags) throws ErrnoException {
    int fd = openBacking(flags, backing -> pinned.open(backing));
    return opened(file, fd, flags, isLog(file));
  }

  private static boolean isLog(FileNode file) {
    for (Link link : file.links()) {
      return link.state().file().binding() == Binding.LOG;
    }
    return false;
  }

  Created create(Caller caller, DirectoryNode parent, String name, int mode, int flags)
      throws ErrnoException {
    RuleState state = parent.state().step(name);
    Decision decision = state.file();
    Side side = decision.binding().side();
    refuseIfDirectory(parent, name, state, side, flags);
    return entries.make(
        caller,
        parent,
        name,
        decision,
        (root, path) -> {
          int fd = openNew(root, path, mode, flags);
          Entry entry = entryOf(parent, name, state, side, fd);
          FileNode file = table.file(entry.node());
          try {
            return new Created(entry, opened(file, fd, flags, decision.binding() == Binding.LOG));
          } catch (ErrnoException e) {
            table.forget(entry.node(), 1);
            throw e;
          }
        },
        late -> {
          discard(late.file());
          table.forget(late.entry().node(), 1);
        });
  }

  /** A directory on the other side stands in the way as well. */
  private void refuseIfDirectory(
      DirectoryNode parent, String name, RuleState state, Side side, int flags)
      throws ErrnoException {
    if (Routes.seen(state, Sides.other(side), true)
        && resolver.find(parent, name, state).isDirectory()) {
      boolean exclusive = (flags & Posix.O_EXCL) != 0;
      throw new ErrnoException(exclusive ? Errno.EEXIST : Errno.EISDIR, name);
    }
  }

  private static int openNew(BackingRoot root, String path, int mode, int flags)
      throws ErrnoException {
    int creation = Posix.O_CREAT | (flags & Posix.O_EXCL);
    return openBacking(
        flags, backing -> root.openFile(path, backing | creation, mode & ~Stat.S_IFMT));
  }

  private Entry entryOf(DirectoryNode parent, String name, RuleState state, Side side, int fd)
      throws ErrnoException {
    try {
      Stat stat = Posix.stat(fd);
      boolean application = side == Side.APPLICATION;
      return resolver.entry(
          parent, name, new Found(state, application ? stat : null, application ? null : stat));
    } catch (ErrnoException e) {
      Posix.close(fd);
      throw e;
    }
  }

  @FunctionalInterface
  private interface Opening {
    int with(int flags) throws ErrnoException;
  }

  /** Without waiting for a FIFO's other end, should one have taken the file's place. */
  private static int openBacking(int flags, Opening opening) throws ErrnoException {
    int backing = (flags & BACKING_FLAGS) | Posix.O_NONBLOCK;
    try {
      return opening.with(backing);
    } catch (ErrnoException e) {
      // Only a file's owner may ask for O_NOATIME, and a daemon without root may not be it.
      if (e.errno() != Errno.EPERM || (backing & Posix.O_NOATIME) == 0) {
        throw e;
      }
      return opening.with(backing & ~Posix.O_NOATIME);
    }
  }

  private static boolean writes(int flags) {
    return (flags & Posix.O_ACCMODE) != Posix.O_RDONLY;
  }

  /** Makes the handle of a file that was opened; closes the descriptor if that fails. */
  private OpenFile opened(FileNode file, int fd, int flags, boolean direct) throws ErrnoException {
    try {
      Stat stat = Posix.stat(fd);
      if (!stat.isRegular()) {
        throw new ErrnoException(Errno.ESTALE, "no longer a regular file");
      }
      boolean truncates = (flags & Posix.O_TRUNC) != 0;
      if (truncates) {
        PinnedFile.borrow(fd).truncate(0);
      }
      FileHandle handle = new FileHandle(file, fd, writes(flags), direct, stat);
      if (truncates) {
        handle.markWritten();
      }
      file.handles().add(handle);
      boolean passthrough = Routes.bound(file).options().passthrough();
      return new OpenFile(handles.add(handle), passthrough ? fd : -1, direct);
    } catch (ErrnoException e) {
      Posix.close(fd);
      throw e;
    }
  }

  FileHandle get(long handle) throws ErrnoException {
    return handles.get(handle, FileHandle.class);
  }

  /** The handle of this number, {@code null} if it is none of a file's. */
  FileHandle find(long handle) {
    return handles.find(handle, FileHandle.class);
  }

  /**
   * Runs an action on an open file, on its side. The file stays open for it, however late it ends
   * there.
   */
  <T> T on(FileHandle handle, Namespace.Exclusive<T> action) throws ErrnoException {
    return on(handle, action, nothing -> {});
  }

  private <T> T on(FileHandle handle, Namespace.Exclusive<T> action, Consumer<? super T> discard)
      throws ErrnoException {
    if (handle.node().side() == Side.APPLICATION) {
      return action.run();
    }
    return storage.on(
        Side.SHARED, Routes.bound(handle.node()), () -> holding(handle, action), discard);
  }

  private static <T> T holding(FileHandle handle, Namespace.Exclusive<T> action)
      throws ErrnoException {
    if (!handle.acquire()) {
      throw new ErrnoException(Errno.EBADF, "a file that was closed");
    }
    try {
      return action.run();
    } finally {
      handle.drop();
    }
  }

  int read(FileHandle handle, long offset, Pointer buffer, int count) throws ErrnoException {
    if (handle.node().side() == Side.APPLICATION) {
      return read(handle.fd(), offset, buffer, count);
    }
    Pointer own = transfers.take(count);
    int n =
        on(handle, () -> read(handle.fd(), offset, own, count), late -> transfers.giveBack(own));
    TransferMemory.copy(own, buffer, n);
    transfers.giveBack(own);
    return n;
  }

  private static int read(int fd, long offset, Pointer buffer, int count) throws ErrnoException {
    int done = 0;
    while (done < count) {
      int n = Posix.pread(fd, buffer.slice(done, count - done), count - done, offset + done);
      if (n == 0) {
        break;
      }
      done += n;
    }
    return done;
  }

  int write(FileHandle handle, long offset, Pointer buffer, int count) throws ErrnoException {
    handle.markWritten();
    if (handle.node().side() == Side.APPLICATION) {
      return Posix.pwrite(handle.fd(), buffer, count, offset);
    }
    Pointer own = transfers.take(count);
    TransferMemory.copy(buffer, own, count);
    int n =
        on(
            handle,
            () -> Posix.pwrite(handle.fd(), own, count, offset),
            late -> transfers.giveBack(own));
    transfers.giveBack(own);
    return n;
  }

  void flush(FileHandle handle, LockOwner owner) throws ErrnoException {
    FileNode file = handle.node();
    try {
      report(handle);
      if (file.side() == Side.SHARED && handle.writes()) {
        on(
            handle,
            () -> {
              Posix.flush(handle.fd());
              return null;
            });
      }
    } finally {
      if (locks.isUsed(file)) {
        storage.giveBack(file.side(), Routes.bound(file), () -> locks.release(file, owner));
      }
    }
  }

  void release(long number) throws ErrnoException {
    FileHandle handle = handles.remove(number, FileHandle.class);
    FileNode file = handle.node();
    try {
      report(handle);
    } finally {
      storage.reading(() -> file.handles().remove(handle));
      storage.giveBack(file.side(), Routes.bound(file), () -> close(handle));
      table.closed(file);
    }
  }

  private void close(FileHandle handle) {
    handle.drop();
    if (handle.node().handles().isEmpty()) {
      locks.releaseAll(handle.node());
    }
  }

  /**
   * Tells the observer if something was written through the handle, or may have been. Whoever
   * removes the handle from its node does so after this: a file with unreported changes is open for
   * writing.
   */
  private void report(FileHandle handle) throws ErrnoException {
    if (!handle.writes() || handle.node().side() != Side.APPLICATION) {
      return;
    }
    storage.reading(
        () -> {
          if (handle.takeChange()) {
            changes.changed(handle.node());
          }
          return null;
        });
  }

  void fsync(FileHandle handle, boolean dataOnly) throws ErrnoException {
    on(
        handle,
        () -> {
          if (dataOnly) {
            Posix.fdatasync(handle.fd());
          } else {
            Posix.fsync(handle.fd());
          }
          return null;
        });
    report(handle);
    Set<String> paths = storage.reading(() -> Changes.propagatedPaths(handle.node()));
    changes.persist(paths);
  }

  void fallocate(FileHandle handle, int mode, long offset, long length) throws ErrnoException {
    on(
        handle,
        () -> {
          handle.markWritten();
          Posix.fallocate(handle.fd(), mode, offset, length);
          return null;
        });
  }

  long lseek(FileHandle handle, long offset, int whence) throws ErrnoException {
    return on(handle, () -> Posix.lseek(handle.fd(), offset, whence));
  }

  long copy(FileHandle in, long offset, FileHandle out, long outOffset, long length)
      throws ErrnoException {
    return on(
        in,
        () ->
            on(
                out,
                () -> {
                  out.markWritten();
                  return Posix.copyFileRange(in.fd(), offset, out.fd(), outOffset, length);
                }));
  }
}
