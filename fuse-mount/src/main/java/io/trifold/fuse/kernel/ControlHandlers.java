package io.trifold.fuse.kernel;

import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;

/** Requests about other requests, and those that are declined with more than "unknown". */
final class ControlHandlers {
  private final InFlight inFlight;
  private final LockWaits waits;

  ControlHandlers(InFlight inFlight, LockWaits waits) {
    this.inFlight = inFlight;
    this.waits = waits;
  }

  void addTo(Handlers handlers) {
    handlers
        .on(Opcode.INTERRUPT, this::interrupt)
        .on(Opcode.DESTROY, (request, reply) -> {})
        .on(Opcode.IOCTL, this::ioctl);
  }

  private void interrupt(Request request, Reply reply) throws ErrnoException {
    long target = request.int64(0);
    if (waits.interrupt(target) || inFlight.interrupt(target)) {
      reply.withhold();
      return;
    }
    // Not read yet, or read and not registered: the kernel is to ask again. If it has its answer,
    // this one is refused and nothing comes of it.
    throw new ErrnoException(Errno.EAGAIN, "interrupt");
  }

  private void ioctl(Request request, Reply reply) throws ErrnoException {
    throw new ErrnoException(Errno.ENOTTY, "ioctl");
  }
}
