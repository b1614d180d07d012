package io.trifold.fuse.kernel;

import io.trifold.fuse.FuseOperations;
import io.trifold.posix.ErrnoException;

/** Requests on open directories. */
final class DirectoryHandlers {
  private final FuseOperations operations;

  DirectoryHandlers(FuseOperations operations) {
    this.operations = operations;
  }

  void addTo(Handlers handlers) {
    handlers
        .on(Opcode.OPENDIR, this::opendir)
        .on(Opcode.READDIR, (request, reply) -> readdir(request, reply, false))
        .on(Opcode.READDIRPLUS, (request, reply) -> readdir(request, reply, true))
        .on(Opcode.RELEASEDIR, this::releasedir)
        .on(Opcode.FSYNCDIR, this::fsyncdir);
  }

  private void opendir(Request request, Reply reply) throws ErrnoException {
    reply.open(operations.opendir(request.caller(), request.node()), 0, 0);
  }

  private void readdir(Request request, Reply reply, boolean plus) throws ErrnoException {
    operations.readdir(
        request.caller(),
        request.node(),
        request.int64(0),
        request.int64(8),
        new Dirents(reply, request.int32(16), plus));
  }

  private void releasedir(Request request, Reply reply) throws ErrnoException {
    operations.releasedir(request.node(), request.int64(0));
  }

  private void fsyncdir(Request request, Reply reply) throws ErrnoException {
    operations.fsyncdir(
        request.caller(),
        request.node(),
        request.int64(0),
        (request.int32(8) & FileHandlers.FSYNC_DATA_ONLY) != 0);
  }
}
