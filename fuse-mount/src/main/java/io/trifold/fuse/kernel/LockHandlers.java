package io.trifold.fuse.kernel;

import io.trifold.fuse.FuseOperations;
import io.trifold.fuse.LockOwner;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import io.trifold.posix.RecordLock;

/** Requests on locks: those of POSIX, and {@code flock(2)}, which arrives as one over all bytes. */
final class LockHandlers {
  private static final int LK_FLOCK = 1;

  private final FuseOperations operations;
  private final LockWaits waits;

  LockHandlers(FuseOperations operations, LockWaits waits) {
    this.operations = operations;
    this.waits = waits;
  }

  void addTo(Handlers handlers) {
    handlers
        .on(Opcode.GETLK, this::getlk)
        .on(Opcode.SETLK, this::setlk)
        .on(Opcode.SETLKW, this::setlkw);
  }

  private void getlk(Request request, Reply reply) throws ErrnoException {
    reply.lock(
        operations.getlk(
            request.node(), request.int64(0), new LockOwner(request.int64(8)), lock(request)));
  }

  private void setlk(Request request, Reply reply) throws ErrnoException {
    boolean granted = attempt(request).granted();
    if (!granted) {
      throw new ErrnoException(Errno.EAGAIN, "lock");
    }
    // An unlock, or a write lock that became a read lock, may be what another waits for.
    if (request.int32(32) != RecordLock.WRITE) {
      waits.retry(request.node());
    }
  }

  private void setlkw(Request request, Reply reply) throws ErrnoException {
    LockWaits.Attempt attempt = attempt(request);
    reply.withhold();
    waits.await(request.sender(), request.unique(), request.node(), attempt);
  }

  /** Asks for the lock once each time that it is called; keeps nothing of the request. */
  private LockWaits.Attempt attempt(Request request) throws ErrnoException {
    long node = request.node();
    long handle = request.int64(0);
    LockOwner owner = new LockOwner(request.int64(8));
    RecordLock lock = lock(request);
    if ((request.int32(40) & LK_FLOCK) == 0) {
      return () -> operations.setlk(node, handle, owner, lock);
    }
    int operation =
        switch (lock.type()) {
          case RecordLock.READ -> Posix.LOCK_SH;
          case RecordLock.WRITE -> Posix.LOCK_EX;
          default -> Posix.LOCK_UN;
        };
    return () -> operations.flock(node, handle, operation);
  }

  private static RecordLock lock(Request request) throws ErrnoException {
    RecordLock lock =
        new RecordLock(request.int32(32), request.int64(16), request.int64(24), request.int32(36));
    boolean known = lock.type() >= RecordLock.READ && lock.type() <= RecordLock.UNLOCK;
    if (!known || lock.start() < 0 || lock.end() < lock.start()) {
      throw new ErrnoException(Errno.EINVAL, "lock " + lock);
    }
    return lock;
  }
}
