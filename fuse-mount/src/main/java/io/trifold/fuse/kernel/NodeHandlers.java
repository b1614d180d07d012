package io.trifold.fuse.kernel;

import io.trifold.fuse.AttributeChange;
import io.trifold.fuse.Attributes;
import io.trifold.fuse.Caller;
import io.trifold.fuse.FuseOperations;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;

/** Requests on nodes as such: attributes, references, the filesystem they are on. */
final class NodeHandlers {
  private static final String ACCESS_ACL = "system.posix_acl_access";
  private static final int GETATTR_HANDLE = 1;
  private static final int KILL_SET_ID = 1 << 11;
  private static final int CHANGES = (1 << 9) - 1;
  private static final int ACL_KILL_SET_GID = 1;

  /** Where they are not enforced, none can be set: nobody is to rely on it. */
  private static final String ACL = "system.posix_acl_";

  private final FuseOperations operations;
  private final SetIdBits setIdBits;
  private final boolean extendedSetxattr;
  private final boolean acls;

  NodeHandlers(FuseOperations operations, SetIdBits setIdBits, Agreement agreement) {
    this.operations = operations;
    this.setIdBits = setIdBits;
    this.extendedSetxattr = agreement.has(Agreement.SETXATTR_EXT);
    this.acls = agreement.has(Agreement.POSIX_ACL);
  }

  void addTo(Handlers handlers) {
    handlers
        .on(Opcode.FORGET, this::forget)
        .on(Opcode.BATCH_FORGET, this::batchForget)
        .on(Opcode.GETATTR, this::getattr)
        .on(Opcode.STATX, this::statx)
        .on(Opcode.SETATTR, this::setattr)
        .on(Opcode.STATFS, this::statfs)
        .on(Opcode.SETXATTR, this::setxattr)
        .on(Opcode.GETXATTR, this::getxattr)
        .on(Opcode.LISTXATTR, this::listxattr)
        .on(Opcode.REMOVEXATTR, this::removexattr);
  }

  private void forget(Request request, Reply reply) {
    reply.withhold();
    operations.forget(request.node(), request.int64(0));
  }

  private void batchForget(Request request, Reply reply) {
    reply.withhold();
    int count = request.int32(0);
    for (int i = 0; i < count; i++) {
      int at = 8 + i * 16;
      operations.forget(request.int64(at), request.int64(at + 8));
    }
  }

  private void getattr(Request request, Reply reply) throws ErrnoException {
    long handle = (request.int32(0) & GETATTR_HANDLE) == 0 ? 0 : request.int64(8);
    reply.attributes(operations.getattr(request.caller(), request.node(), handle));
  }

  /** Asked in place of {@code GETATTR} for who wants to know the time of birth, too. */
  private void statx(Request request, Reply reply) throws ErrnoException {
    long handle = (request.int32(0) & GETATTR_HANDLE) == 0 ? 0 : request.int64(8);
    reply.statx(operations.getattr(request.caller(), request.node(), handle));
  }

  private void setattr(Request request, Reply reply) throws ErrnoException {
    int valid = request.int32(0);
    AttributeChange change =
        new AttributeChange(
            valid & CHANGES,
            request.int64(8),
            request.int32(68),
            request.int32(76),
            request.int32(80),
            request.int64(16),
            request.int64(32),
            request.int32(56),
            request.int64(40),
            request.int32(60));
    Caller caller = request.caller();
    Attributes attributes = operations.setattr(caller, request.node(), change);
    if ((valid & KILL_SET_ID) != 0) {
      attributes = setIdBits.clear(caller, request.node(), attributes);
    }
    reply.attributes(attributes);
  }

  private void statfs(Request request, Reply reply) throws ErrnoException {
    reply.statFs(operations.statfs(request.caller(), request.node()));
  }

  private void setxattr(Request request, Reply reply) throws ErrnoException {
    int size = request.int32(0);
    int flags = request.int32(4);
    int body = extendedSetxattr ? 16 : 8;
    String name = request.text(body);
    if (!acls && name.startsWith(ACL)) {
      throw new ErrnoException(Errno.EOPNOTSUPP, name);
    }
    byte[] value = request.bytes(request.end(body), size);
    operations.setxattr(request.caller(), request.node(), name, value, flags);
    // The kernel says so of default ACLs too, which change no mode.
    if (extendedSetxattr && (request.int32(8) & ACL_KILL_SET_GID) != 0 && name.equals(ACCESS_ACL)) {
      setIdBits.clearSetGid(request.caller(), request.node());
    }
  }

  private void getxattr(Request request, Reply reply) throws ErrnoException {
    String name = request.text(8);
    xattr(request, reply, operations.getxattr(request.caller(), request.node(), name));
  }

  private void listxattr(Request request, Reply reply) throws ErrnoException {
    xattr(request, reply, operations.listxattr(request.caller(), request.node()));
  }

  /** A size of 0 asks for the size only. */
  private static void xattr(Request request, Reply reply, byte[] value) throws ErrnoException {
    int size = request.int32(0);
    if (size == 0) {
      reply.int32(value.length);
      reply.int32(0);
    } else if (value.length > size) {
      throw new ErrnoException(Errno.ERANGE, "xattr");
    } else {
      reply.bytes(value);
    }
  }

  private void removexattr(Request request, Reply reply) throws ErrnoException {
    operations.removexattr(request.caller(), request.node(), request.text(0));
  }
}
