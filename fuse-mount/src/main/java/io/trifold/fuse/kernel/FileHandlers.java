package io.trifold.fuse.kernel;

import io.trifold.fuse.Created;
import io.trifold.fuse.FuseOperations;
import io.trifold.fuse.LockOwner;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import jnr.ffi.Pointer;

/** Requests on open files. */
final class FileHandlers {
  static final int FSYNC_DATA_ONLY = 1;
  private static final int OPEN_KILL_SET_ID = 1;
  private static final int WRITE_KILL_SET_ID = 1 << 2;
  private static final int RELEASE_FLOCK = 1 << 1;
  private static final int READ_BODY = 40;
  private static final int WRITE_BODY = 40;

  private final FuseOperations operations;
  private final Backings backings;
  private final SetIdBits setIdBits;
  private final LockWaits waits;

  FileHandlers(FuseOperations operations, Backings backings, SetIdBits setIdBits, LockWaits waits) {
    this.operations = operations;
    this.backings = backings;
    this.setIdBits = setIdBits;
    this.waits = waits;
  }

  void addTo(Handlers handlers) {
    handlers
        .on(Opcode.OPEN, this::open)
        .on(Opcode.CREATE, this::create)
        .on(Opcode.TMPFILE, this::tmpfile)
        .on(Opcode.READ, this::read)
        .on(Opcode.WRITE, this::write)
        .on(Opcode.FLUSH, this::flush)
        .on(Opcode.RELEASE, this::release)
        .on(Opcode.FSYNC, this::fsync)
        .on(Opcode.FALLOCATE, this::fallocate)
        .on(Opcode.LSEEK, this::lseek)
        .on(Opcode.COPY_FILE_RANGE, this::copyFileRange)
        .on(Opcode.COPY_FILE_RANGE_64, this::copyFileRange64);
  }

  private void open(Request request, Reply reply) throws ErrnoException {
    int flags = request.int32(0);
    if ((request.int32(4) & OPEN_KILL_SET_ID) != 0) {
      setIdBits.clear(request.caller(), request.node(), 0);
    }
    backings.answer(
        reply, request.node(), flags, operations.open(request.caller(), request.node(), flags));
  }

  private void create(Request request, Reply reply) throws ErrnoException {
    int flags = request.int32(0);
    String name = request.name(16);
    answer(
        reply,
        flags,
        operations.create(
            request.caller(), request.node(), name, request.int32(4), request.int32(8), flags));
  }

  private void tmpfile(Request request, Reply reply) throws ErrnoException {
    int flags = request.int32(0);
    answer(
        reply,
        flags,
        operations.tmpfile(
            request.caller(), request.node(), request.int32(4), request.int32(8), flags));
  }

  private void answer(Reply reply, int flags, Created created) {
    reply.entry(created.entry());
    backings.answer(reply, created.entry().node(), flags, created.file());
  }

  private void read(Request request, Reply reply) throws ErrnoException {
    request.memory(0, READ_BODY);
    int count = request.int32(16);
    if (count < 0 || count > reply.room()) {
      throw new ErrnoException(Errno.EINVAL, "a read of " + count + " bytes");
    }
    Pointer buffer = reply.ahead(count);
    reply.took(operations.read(request.node(), request.int64(0), request.int64(8), buffer, count));
  }

  private void write(Request request, Reply reply) throws ErrnoException {
    int count = request.int32(16);
    long handle = request.int64(0);
    Pointer data = request.memory(WRITE_BODY, count);
    if ((request.int32(20) & WRITE_KILL_SET_ID) != 0) {
      setIdBits.clear(request.caller(), request.node(), handle);
    }
    int written =
        operations.write(request.caller(), request.node(), handle, request.int64(8), data, count);
    reply.int32(written);
    reply.int32(0);
  }

  private void flush(Request request, Reply reply) throws ErrnoException {
    LockOwner owner = new LockOwner(request.int64(16));
    try {
      operations.flush(request.caller(), request.node(), request.int64(0), owner);
    } finally {
      waits.retry(request.node());
    }
  }

  private void release(Request request, Reply reply) throws ErrnoException {
    long node = request.node();
    long handle = request.int64(0);
    try {
      if ((request.int32(12) & RELEASE_FLOCK) != 0) {
        operations.flock(node, handle, Posix.LOCK_UN);
      }
    } finally {
      backings.release(node);
      try {
        operations.release(node, handle);
      } finally {
        waits.retry(node);
      }
    }
  }

  private void fsync(Request request, Reply reply) throws ErrnoException {
    boolean dataOnly = (request.int32(8) & FSYNC_DATA_ONLY) != 0;
    operations.fsync(request.caller(), request.node(), request.int64(0), dataOnly);
  }

  private void fallocate(Request request, Reply reply) throws ErrnoException {
    setIdBits.clearUnlessRoot(request.caller(), request.node(), request.int64(0));
    operations.fallocate(
        request.caller(),
        request.node(),
        request.int64(0),
        request.int32(24),
        request.int64(8),
        request.int64(16));
  }

  private void lseek(Request request, Reply reply) throws ErrnoException {
    reply.int64(
        operations.lseek(request.node(), request.int64(0), request.int64(8), request.int32(16)));
  }

  /** The count of bytes in the answer has 32 bits; the kernel asks for no more. */
  private void copyFileRange(Request request, Reply reply) throws ErrnoException {
    reply.int32((int) copied(request));
    reply.int32(0);
  }

  private void copyFileRange64(Request request, Reply reply) throws ErrnoException {
    reply.int64(copied(request));
  }

  private long copied(Request request) throws ErrnoException {
    if (request.int64(48) != 0) {
      throw new ErrnoException(Errno.EINVAL, "copy_file_range with flags");
    }
    setIdBits.clearUnlessRoot(request.caller(), request.int64(16), request.int64(24));
    return operations.copyFileRange(
        request.caller(),
        request.node(),
        request.int64(0),
        request.int64(8),
        request.int64(16),
        request.int64(24),
        request.int64(32),
        request.int64(40));
  }
}
