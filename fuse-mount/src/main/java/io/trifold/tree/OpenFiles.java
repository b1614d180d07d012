package io.trifold.tree;

import io.trifold.fuse.Caller;
import io.trifold.fuse.Created;
import io.trifold.fuse.Entry;
import io.trifold.fuse.LockOwner;
import io.trifold.fuse.OpenFile;
import io.trifold.posix.BackingRoot;
import io.trifold.posix.Credentials;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.MemoryPool;
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

  /**
   * Up to so many bytes a file that is only read is served from what the kernel keeps of it: no
   * descriptor is needed for that, and a read leaves its attributes valid. Larger ones are read in
   * passthrough, which keeps their pages once and not twice.
   */
  private static final long KEPT_SIZE = 128 * 1024;

  private static final Logger LOG = LoggerFactory.getLogger(OpenFiles.class);

  private final Storage storage;
  private final NodeTable table;
  private final Resolver resolver;
  private final Entries entries;
  private final ParentDirectories parents;
  private final HandleTable handles;
  private final Locks locks;
  private final Changes changes;
  private final MappedFiles mapped = new MappedFiles();
  private final LogOpener logs;
  private final FormerLogs formerLogs;

  /**
   * Memory between a transport's and a call on the shared storage, of the largest transfer that the
   * kernel asks for. The call may be given up and come back at any later time: it must not find
   * another request's bytes there, or leave its own.
   */
  private final MemoryPool transfers = new MemoryPool(1 << 20, 8);

  OpenFiles(
      Storage storage,
      NodeTable table,
      Resolver resolver,
      Entries entries,
      ParentDirectories parents,
      HandleTable handles,
      Locks locks,
      Changes changes,
      LogOpener logs,
      FormerLogs formerLogs) {
    this.storage = storage;
    this.table = table;
    this.resolver = resolver;
    this.entries = entries;
    this.parents = parents;
    this.handles = handles;
    this.locks = locks;
    this.changes = changes;
    this.logs = logs;
    this.formerLogs = formerLogs;
  }

  OpenFile open(FileNode file, int flags) throws ErrnoException {
    OpenFile.Caching caching = caching(file, flags);
    if (FileHandle.writes(flags) || (flags & Posix.O_TRUNC) != 0) {
      return storage.in(
          file.side(),
          Routes.bound(file),
          root -> {
            changes.admit(file);
            return opened(
                file, openBacking(flags, how -> resolver.open(file, how)), flags, caching);
          },
          this::discard);
    }
    if (caching == OpenFile.Caching.WHILE_OPEN && isKept(file)) {
      return openLate(file, flags);
    }
    return opened(file, openBacking(flags, how -> resolver.open(file, how)), flags, caching);
  }

  /** Closes what was opened too late for whoever asked for it. */
  private void discard(OpenFile late) {
    try {
      release(late.handle());
    } catch (ErrnoException e) {
      LOG.warn("A file that was opened too late could not be closed: {}", e.getMessage());
    }
  }

  private void discard(Created late) {
    discard(late.file());
    table.forget(late.entry().node(), 1);
  }

  private OpenFile.Caching caching(FileNode file, int flags) {
    if (formerLog(file, flags) != null) {
      return OpenFile.Caching.NONE;
    }
    for (Link link : file.links()) {
      return caching(link.state().file());
    }
    return OpenFile.Caching.WHILE_OPEN;
  }

  /** The lines of logs are routed: they are all to come here. */
  private static OpenFile.Caching caching(Decision decision) {
    return decision.binding() == Binding.LOG ? OpenFile.Caching.NONE : OpenFile.Caching.WHILE_OPEN;
  }

  /**
   * Whether the kernel is to keep the file's content from one open to the next: it is small, and
   * all that changes it passes here.
   */
  private static boolean isKept(FileNode file) {
    if (file.side() != Side.APPLICATION || file.size() > KEPT_SIZE || file.isReplaced()) {
      return false;
    }
    for (Link link : file.links()) {
      return !Routes.isWithinBypass(link.state());
    }
    return false;
  }

  private OpenFile openLate(FileNode file, int flags) {
    boolean flushed = locks.isUsed(file);
    FileHandle handle = FileHandle.openedLate(file, flushed, late -> openNow(late, flags));
    file.addHandle(handle);
    return new OpenFile(handles.add(handle), OpenFile.Caching.KEPT).withFlushed(flushed);
  }

  /** What was replaced meanwhile is held by its node: a handle reads what it was made for. */
  private int openNow(FileHandle handle, int flags) throws ErrnoException {
    FileNode file = handle.node();
    return storage.in(
        file.side(),
        Routes.bound(file),
        root -> handle.openOnce(() -> openBacking(flags, how -> openAsMade(file, how)).fd()));
  }

  private Resolver.Opened openAsMade(FileNode file, int flags) throws ErrnoException {
    try {
      return resolver.open(file, flags);
    } catch (ErrnoException e) {
      if (e.errno() != Errno.ESTALE) {
        throw e;
      }
      return Resolver.openWithoutName(file, flags);
    }
  }

  Created create(Caller caller, DirectoryNode parent, String name, int mode, int umask, int flags)
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
        umask,
        (root, path) -> {
          Resolver.Opened made = openNew(root, path, mode, flags);
          Found found = Found.of(side, state, made.stat());
          int rest = flags & ~Posix.O_TRUNC;
          return created(resolver.entry(parent, name, found), made, rest, caching(decision));
        },
        this::discard);
  }

  private Created created(Entry entry, Resolver.Opened made, int flags, OpenFile.Caching caching)
      throws ErrnoException {
    try {
      return new Created(entry, opened(table.file(entry.node()), made, flags, caching));
    } catch (ErrnoException e) {
      table.forget(entry.node(), 1);
      throw e;
    }
  }

  /** Until it has a name, it is bound as its directory is. */
  Created tmpfile(Caller caller, DirectoryNode parent, int mode, int umask, int flags)
      throws ErrnoException {
    Side side = parent.home();
    int how = Posix.O_TMPFILE | Posix.O_NONBLOCK | (flags & (BACKING_FLAGS | Posix.O_EXCL));
    return parents.making(
        side,
        parent,
        () ->
            storage.in(
                side,
                parent.state().directory(),
                root -> {
                  String path = parent.path();
                  Resolver.Opened made =
                      Credentials.as(
                          caller.uid(),
                          caller.gid(),
                          umask,
                          () -> Resolver.opened(root.openFile(path, how, mode & ~Stat.S_IFMT)));
                  FileNode file = table.enterNameless(side, made.stat());
                  Entry entry =
                      new Entry(
                          file.number(),
                          0,
                          made.stat().with(file.inode(), made.stat().links()),
                          0,
                          Entry.UNLIMITED);
                  return created(entry, made, flags, OpenFile.Caching.WHILE_OPEN);
                },
                this::discard));
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

  /** Truncates what stands there by now: the attributes that are read next are to be true. */
  private static Resolver.Opened openNew(BackingRoot root, String path, int mode, int flags)
      throws ErrnoException {
    int creation = Posix.O_CREAT | (flags & (Posix.O_EXCL | Posix.O_TRUNC));
    return openBacking(
        flags, how -> Resolver.opened(root.openFile(path, how | creation, mode & ~Stat.S_IFMT)));
  }

  @FunctionalInterface
  private interface Opening {
    Resolver.Opened with(int flags) throws ErrnoException;
  }

  /** Without waiting for a FIFO's other end, should one have taken the file's place. */
  private static Resolver.Opened openBacking(int flags, Opening opening) throws ErrnoException {
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

  /**
   * Whether who closes a descriptor is to wait until that is known here: where propagation begins
   * with it, or where the storage says only then that it could not take what was written. And where
   * POSIX locks are to be expected, which end with any descriptor that their process closes: they
   * are taken by those who also read what they write.
   */
  private static boolean closingMatters(FileNode file, int flags) {
    return FileHandle.writes(flags)
        && (FileHandle.readsAndWrites(flags)
            || file.side() != Side.APPLICATION
            || file.links().isEmpty()
            || Changes.isPropagated(file));
  }

  /** Makes the handle of a file that was opened; closes the descriptor if that fails. */
  private OpenFile opened(
      FileNode file, Resolver.Opened opened, int flags, OpenFile.Caching caching)
      throws ErrnoException {
    int fd = opened.fd();
    LogWriter log = null;
    try {
      if (!opened.stat().isRegular()) {
        throw new ErrnoException(Errno.ESTALE, "no longer a regular file");
      }
      boolean truncates = (flags & Posix.O_TRUNC) != 0;
      // Before it is emptied: it may say where its lines go.
      log = FileHandle.writes(flags) ? logWriter(file, fd, flags) : null;
      if (truncates) {
        // Not the descriptor itself: who truncates may have opened for reading.
        LogWriter.Change empty = () -> PinnedFile.borrow(fd).truncate(0);
        if (log != null) {
          log.change(empty);
        } else {
          file.changeContent(empty);
        }
      }
      file.setSize(truncates ? 0 : opened.stat().size());
      boolean flushed = locks.isUsed(file) || log != null || closingMatters(file, flags);
      FileHandle handle = FileHandle.opened(file, fd, flags, flushed, opened.stat(), log);
      if (truncates) {
        handle.markWritten();
      }
      file.addHandle(handle);
      boolean passthrough =
          log == null && Routes.bound(file).options().passthrough() && !SizeLimits.hasAny(file);
      long number = handles.add(handle);
      OpenFile answer =
          passthrough
              ? new OpenFile(number, fd, opened.stat().mode(), caching)
              : new OpenFile(number, caching);
      return answer.withFlushed(flushed);
    } catch (ErrnoException e) {
      if (log != null) {
        log.close();
      }
      Posix.close(fd);
      throw e;
    }
  }

  /** {@code null} if the file is no log, or none that is active. */
  private LogWriter logWriter(FileNode file, int fd, int flags) throws ErrnoException {
    FormerLogs.Name log = logName(file, flags);
    return log == null
        ? null
        : logs.open(log.path(), log.decision(), fd, (flags & Posix.O_APPEND) != 0);
  }

  private FormerLogs.Name logName(FileNode file, int flags) throws ErrnoException {
    for (Link link : file.links()) {
      Decision decision = link.state().file();
      if (decision.binding() == Binding.LOG) {
        return new FormerLogs.Name(link.path(), decision);
      }
    }
    return formerLog(file, flags);
  }

  /** Who does not append does not mean a log. */
  private FormerLogs.Name formerLog(FileNode file, int flags) {
    return (flags & Posix.O_APPEND) != 0 ? formerLogs.of(file) : null;
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
    MemoryPool.copy(own, buffer, n);
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
    if (handle.log() != null) {
      return handle.log().write(offset, buffer, count);
    }
    handle.markWritten();
    if (handle.node().side() == Side.APPLICATION) {
      int fitting = SizeLimits.clip(handle.node(), offset, count);
      return Posix.pwrite(handle.fd(), buffer, fitting, offset);
    }
    Pointer own = transfers.take(count);
    MemoryPool.copy(buffer, own, count);
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
      if (handle.log() != null) {
        handle.log().flush();
      }
      // Of others the release tells in time: who closes them waits for nothing.
      if (Changes.isPropagated(file)) {
        report(handle);
      }
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
        storage.giveBack(file.side(), Routes.bound(file), locks.releasing(file, owner));
      }
    }
    // A shell's redirection closes a descriptor before anything is written through another one.
    if (file.size() > 0) {
      settle(handle);
    }
  }

  private void settle(FileHandle handle) throws ErrnoException {
    if (handle.writes() && Changes.isSettled(handle.node())) {
      changes.settle(storage.reading(() -> Changes.settledPaths(handle.node())));
    }
  }

  void release(long number) throws ErrnoException {
    FileHandle handle = handles.remove(number, FileHandle.class);
    FileNode file = handle.node();
    try {
      if (handle.log() != null) {
        handle.log().close();
      }
      report(handle);
      keepAnEyeOn(handle);
    } finally {
      storage.reading(
          () -> {
            file.removeHandle(handle);
            return null;
          });
      storage.giveBack(file.side(), Routes.bound(file), () -> close(handle));
      table.closed(file);
    }
  }

  private void close(FileHandle handle) {
    locks.releaseThrough(handle);
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
            Acting.as(handle.opener());
            changes.changed(handle.node());
          }
          return null;
        });
  }

  /**
   * Tells the observer of what was written without a request since this was last done: through
   * files that are still open, and through mappings of files that are closed.
   */
  void tellOfWrites() throws ErrnoException {
    for (long number : handles.numbers()) {
      FileHandle handle = find(number);
      if (handle != null && handle.writes() && handle.acquire()) {
        try {
          report(handle);
        } catch (ErrnoException e) {
          LOG.warn("An open file cannot be looked at: {}", e.getMessage());
        } finally {
          handle.drop();
        }
      }
    }
    storage.reading(
        () -> {
          mapped.changed(this::statIfThere).forEach(changes::changed);
          return null;
        });
  }

  private Stat statIfThere(String path) {
    try {
      return Resolver.statIfThere(storage.application(), path);
    } catch (ErrnoException e) {
      LOG.warn("A file that may be mapped cannot be looked at: {}", e.getMessage());
      return null;
    }
  }

  /** Whether the file may change without a request, or a trace in its times. */
  boolean mayBeMapped(String path) {
    return mapped.contains(path);
  }

  private void keepAnEyeOn(FileHandle handle) throws ErrnoException {
    if (handle.isMappable() && handle.node().side() == Side.APPLICATION) {
      storage.reading(
          () -> {
            for (String path : Changes.propagatedPaths(handle.node())) {
              mapped.closed(path, handle.reported());
            }
            return null;
          });
    }
  }

  void fsync(FileHandle handle, boolean dataOnly) throws ErrnoException {
    if (handle.log() != null) {
      handle.log().sync();
    }
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
    settle(handle);
  }

  void fallocate(FileHandle handle, int mode, long offset, long length) throws ErrnoException {
    on(
        handle,
        () -> {
          SizeLimits.requireRange(handle.node(), mode, offset, length);
          handle.markWritten();
          handle.node().changeContent(() -> Posix.fallocate(handle.fd(), mode, offset, length));
          return null;
        });
  }

  long lseek(FileHandle handle, long offset, int whence) throws ErrnoException {
    return on(handle, () -> Posix.lseek(handle.fd(), offset, whence));
  }

  long copy(FileHandle in, long offset, FileHandle out, long outOffset, long length)
      throws ErrnoException {
    if (out.log() != null) {
      // The kernel then copies by reads and writes, which come here.
      throw new ErrnoException(Errno.EXDEV, "into a log");
    }
    return on(
        in,
        () ->
            on(
                out,
                () -> {
                  long fitting = SizeLimits.clip(out.node(), outOffset, length);
                  out.markWritten();
                  return Posix.copyFileRange(in.fd(), offset, out.fd(), outOffset, fitting);
                }));
  }
}
