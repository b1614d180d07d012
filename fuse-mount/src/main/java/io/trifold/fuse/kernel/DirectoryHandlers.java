package io.trifold.fuse.kernel;

import io.trifold.fuse.FuseOperations;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;

/**
 * Requests on directories. They are not opened: the kernel is told so once ({@code ENOSYS}), asks
 * no more, and keeps listings, which it drops when the directory changes or when it is told to.
 */
final class DirectoryHandlers {
  private final FuseOperations operations;
  private final boolean opens;

  /**
   * @param opens whether the kernel must be given handles ({@link Agreement#NO_OPENDIR_SUPPORT})
   */
  DirectoryHandlers(FuseOperations operations, boolean opens) {
    this.operations = operations;
    this.opens = opens;
  }

  void addTo(Handlers handlers) {
    handlers
        .on(Opcode.OPENDIR, this::opendir)
        .on(Opcode.READDIR, (request, reply) -> readdir(request, reply, false))
        .on(Opcode.READDIRPLUS, (request, reply) -> readdir(request, reply, true))
        .on(Opcode.RELEASEDIR, (request, reply) -> {})
        .on(Opcode.FSYNCDIR, this::fsyncdir);
  }

  private void opendir(Request request, Reply reply) throws ErrnoException {
    if (!opens) {
      throw new ErrnoException(Errno.ENOSYS, "opendir");
    }
    reply.open(0, 0, 0);
  }

  private void readdir(Request request, Reply reply, boolean plus) throws ErrnoException {
    operations.readdir(
        request.caller(),
        request.node(),
        request.int64(8),
        new Dirents(reply, request.int32(16), plus));
  }

  private void fsyncdir(Request request, Reply reply) throws ErrnoException {
    operations.fsyncdir(
        request.caller(), request.node(), (request.int32(8) & FileHandlers.FSYNC_DATA_ONLY) != 0);
  }
}
