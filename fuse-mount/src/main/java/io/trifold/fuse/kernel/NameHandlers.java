package io.trifold.fuse.kernel;

import io.trifold.fuse.Entry;
import io.trifold.fuse.FuseOperations;
import io.trifold.posix.BackingRoot;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.rules.FileNames;

/** Requests on the names in directories. */
final class NameHandlers {
  private static final int RENAME_FLAGS =
      BackingRoot.RENAME_NOREPLACE | BackingRoot.RENAME_EXCHANGE;

  private final FuseOperations operations;

  NameHandlers(FuseOperations operations) {
    this.operations = operations;
  }

  void addTo(Handlers handlers) {
    handlers
        .on(Opcode.LOOKUP, this::lookup)
        .on(Opcode.READLINK, this::readlink)
        .on(Opcode.SYMLINK, this::symlink)
        .on(Opcode.MKNOD, this::mknod)
        .on(Opcode.MKDIR, this::mkdir)
        .on(Opcode.UNLINK, this::unlink)
        .on(Opcode.RMDIR, this::rmdir)
        .on(Opcode.RENAME, (request, reply) -> rename(request, 8, 0))
        .on(Opcode.RENAME2, (request, reply) -> rename(request, 16, request.int32(8)))
        .on(Opcode.LINK, this::link);
  }

  private void lookup(Request request, Reply reply) throws ErrnoException {
    Entry entry = operations.lookup(request.caller(), request.node(), request.name(0));
    if (entry.node() == 0 && entry.nameNanos() == 0) {
      throw new ErrnoException(Errno.ENOENT, "lookup");
    }
    reply.entry(entry);
  }

  private void readlink(Request request, Reply reply) throws ErrnoException {
    reply.bytes(FileNames.encode(operations.readlink(request.caller(), request.node())));
  }

  private void symlink(Request request, Reply reply) throws ErrnoException {
    String name = request.name(0);
    String target = request.text(request.end(0));
    reply.entry(operations.symlink(request.caller(), request.node(), name, target));
  }

  private void mknod(Request request, Reply reply) throws ErrnoException {
    int mode = request.int32(0);
    long device = DeviceNumber.fromKernel(request.int32(4));
    String name = request.name(16);
    int umask = request.int32(8);
    reply.entry(operations.mknod(request.caller(), request.node(), name, mode, umask, device));
  }

  private void mkdir(Request request, Reply reply) throws ErrnoException {
    int mode = request.int32(0);
    int umask = request.int32(4);
    String name = request.name(8);
    reply.entry(operations.mkdir(request.caller(), request.node(), name, mode, umask));
  }

  private void unlink(Request request, Reply reply) throws ErrnoException {
    operations.unlink(request.caller(), request.node(), request.name(0));
  }

  private void rmdir(Request request, Reply reply) throws ErrnoException {
    operations.rmdir(request.caller(), request.node(), request.name(0));
  }

  private void rename(Request request, int names, int flags) throws ErrnoException {
    if ((flags & ~RENAME_FLAGS) != 0) {
      throw new ErrnoException(Errno.EINVAL, "rename with flags " + flags);
    }
    long newParent = request.int64(0);
    String name = request.name(names);
    String newName = request.name(request.end(names));
    operations.rename(request.caller(), request.node(), name, newParent, newName, flags);
  }

  private void link(Request request, Reply reply) throws ErrnoException {
    long node = request.int64(0);
    reply.entry(operations.link(request.caller(), node, request.node(), request.name(8)));
  }
}
