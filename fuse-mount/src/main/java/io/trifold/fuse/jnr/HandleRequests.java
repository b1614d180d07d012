package io.trifold.fuse.jnr;

import io.trifold.fuse.Caller;
import io.trifold.fuse.FuseOperations;
import io.trifold.fuse.LockOwner;
import io.trifold.fuse.jnr.OpenHandles.OpenHandle;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import io.trifold.posix.RecordLock;
import java.util.function.Supplier;
import jnr.ffi.Pointer;

/** The requests on what is open. libfuse gives no path with them ({@code flag_nopath}). */
final class HandleRequests {
  private static final int F_GETLK = 5;
  private static final int F_SETLK = 6;
  private static final int F_SETLKW = 7;

  private final FuseOperations operations;
  private final OpenHandles handles;
  private final Supplier<Caller> caller;
  private final LockWait wait;

  HandleRequests(
      FuseOperations operations, OpenHandles handles, Supplier<Caller> caller, LockWait wait) {
    this.operations = operations;
    this.handles = handles;
    this.caller = caller;
    this.wait = wait;
  }

  /** Makes these libfuse's callbacks. */
  void register(OperationTable table) {
    table.fgetattr((path, stat, info) -> Answer.done(() -> getattr(stat, info)));
    table.ftruncate((path, size, info) -> Answer.done(() -> truncate(size, info)));
    table.read(
        (path, buffer, size, offset, info) -> Answer.count(() -> read(buffer, size, offset, info)));
    table.write(
        (path, buffer, size, offset, info) ->
            Answer.count(() -> write(buffer, size, offset, info)));
    table.flush((path, info) -> Answer.done(() -> flush(new FileInfo(info))));
    table.release((path, info) -> Answer.done(() -> release(info)));
    table.fsync((path, dataOnly, info) -> Answer.done(() -> fsync(dataOnly, info)));
    table.readdir(
        (path, buffer, filler, offset, info) ->
            Answer.done(() -> readdir(buffer, filler, offset, info)));
    table.releasedir((path, info) -> Answer.done(() -> release(info)));
    table.fsyncdir((path, dataOnly, info) -> Answer.done(() -> fsyncdir(dataOnly, info)));
    table.lock(
        (path, info, command, lock) -> Answer.done(() -> lock(new FileInfo(info), command, lock)));
    table.flock((path, info, operation) -> Answer.done(() -> flock(info, operation)));
    table.fallocate(
        (path, mode, offset, length, info) ->
            Answer.done(() -> fallocate(mode, offset, length, info)));
  }

  /** Closes what is still open when the session has ended. */
  void releaseAll() {
    handles.drain(handle -> Answer.done(() -> release(handle)));
  }

  private OpenHandle open(Pointer info) throws ErrnoException {
    return handles.get(new FileInfo(info).handle());
  }

  private OpenHandle openForContent(Pointer info) throws ErrnoException {
    OpenHandle file = open(info);
    file.isOf(Request.current().libfuseNode());
    return file;
  }

  private void getattr(Pointer stat, Pointer info) throws ErrnoException {
    OpenHandle file = open(info);
    Structures.put(operations.getattr(caller.get(), file.node(), file.handle()).stat(), stat);
  }

  private void truncate(long size, Pointer info) throws ErrnoException {
    OpenHandle file = open(info);
    operations.setattr(caller.get(), file.node(), Changes.size(size, file.handle()));
  }

  private int read(Pointer buffer, long size, long offset, Pointer info) throws ErrnoException {
    OpenHandle file = openForContent(info);
    return operations.read(file.node(), file.handle(), offset, buffer, (int) size);
  }

  private int write(Pointer buffer, long size, long offset, Pointer info) throws ErrnoException {
    OpenHandle file = openForContent(info);
    return operations.write(caller.get(), file.node(), file.handle(), offset, buffer, (int) size);
  }

  private void flush(FileInfo info) throws ErrnoException {
    OpenHandle file = handles.get(info.handle());
    operations.flush(caller.get(), file.node(), file.handle(), new LockOwner(info.lockOwner()));
  }

  private void release(Pointer info) throws ErrnoException {
    release(handles.remove(new FileInfo(info).handle()));
  }

  private void release(OpenHandle open) throws ErrnoException {
    try (NodeReference node = open.reference()) {
      if (!open.directory()) {
        operations.release(node.node(), open.handle());
      }
    }
  }

  private void fsync(int dataOnly, Pointer info) throws ErrnoException {
    OpenHandle file = open(info);
    operations.fsync(caller.get(), file.node(), file.handle(), dataOnly != 0);
  }

  private void fsyncdir(int dataOnly, Pointer info) throws ErrnoException {
    operations.fsyncdir(caller.get(), open(info).node(), dataOnly != 0);
  }

  private void readdir(Pointer buffer, Pointer filler, long offset, Pointer info)
      throws ErrnoException {
    operations.readdir(
        caller.get(), open(info).node(), offset, new DirectoryFiller(filler, buffer));
  }

  private void lock(FileInfo info, int command, Pointer memory) throws ErrnoException {
    if (Request.is(Request.FLUSH)) {
      // libfuse unlocks the whole file after each flush, which has ended the owner's locks already.
      return;
    }
    OpenHandle file = handles.get(info.handle());
    LockOwner owner = new LockOwner(info.lockOwner());
    RecordLock lock = Structures.lock(memory);
    switch (command) {
      case F_GETLK ->
          Structures.put(operations.getlk(file.node(), file.handle(), owner, lock), memory);
      case F_SETLK -> wait.once(() -> operations.setlk(file.node(), file.handle(), owner, lock));
      case F_SETLKW -> wait.until(() -> operations.setlk(file.node(), file.handle(), owner, lock));
      default -> throw new ErrnoException(Errno.EINVAL, "lock command " + command);
    }
  }

  private void flock(Pointer info, int flags) throws ErrnoException {
    OpenHandle file = open(info);
    int operation = flags & ~Posix.LOCK_NB;
    LockWait.Attempt attempt = () -> operations.flock(file.node(), file.handle(), operation);
    if (operation == Posix.LOCK_UN || (flags & Posix.LOCK_NB) != 0) {
      wait.once(attempt);
    } else {
      wait.until(attempt);
    }
  }

  private void fallocate(int mode, long offset, long length, Pointer info) throws ErrnoException {
    OpenHandle file = open(info);
    operations.fallocate(caller.get(), file.node(), file.handle(), mode, offset, length);
  }
}
