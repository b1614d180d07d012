package io.trifold.fuse.kernel;

import io.trifold.fuse.FuseOperations;
import io.trifold.fuse.Interruption;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a request to its handler, on the thread that read it or, where that might block, on
 * another; and sees to it that the caller gets an answer, whatever happens in the handler.
 */
final class Dispatcher {
  private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);

  private final FuseOperations operations;
  private final BlockingPool pool = new BlockingPool();
  private final Failures failures = new Failures();
  private final InFlight inFlight = new InFlight();
  private final ThreadLocal<Reply> poolReply =
      ThreadLocal.withInitial(() -> new Reply(Agreement.MAX_TRANSFER));
  private final ThreadLocal<Reply> lateReply = ThreadLocal.withInitial(() -> new Reply(0));
  private final Handlers handlers = new Handlers();
  private final LockWaits waits;
  private final Backings backings;

  Dispatcher(Device device, FuseOperations operations, Notices notices, Agreement agreement) {
    this.operations = operations;
    waits = new LockWaits(this::executorOf, this::answerLate, failures);
    backings = new Backings(device, agreement.passthrough());
    SetIdBits setIdBits = new SetIdBits(operations, notices);
    new NameHandlers(operations).addTo(handlers);
    new NodeHandlers(operations, setIdBits, agreement).addTo(handlers);
    new FileHandlers(operations, backings, setIdBits, waits).addTo(handlers);
    new DirectoryHandlers(operations, !agreement.has(Agreement.NO_OPENDIR_SUPPORT)).addTo(handlers);
    new LockHandlers(operations, waits).addTo(handlers);
    new ControlHandlers(inFlight, waits).addTo(handlers);
  }

  Backings backings() {
    return backings;
  }

  InFlight inFlight() {
    return inFlight;
  }

  /** Serves a request, or hands it over. The request's memory is free when this returns. */
  void dispatch(Request request, Reply reply) {
    Opcode opcode = Opcode.of(request.opcode());
    if (opcode == null || opcode.staysWithReader() || !mayBlock(opcode, request)) {
      serve(opcode, request, reply);
      return;
    }
    Request copy = request.copy();
    long unique = copy.unique();
    InFlight.HandedOver handedOver = inFlight.handOver(unique);
    try {
      pool.execute(
          () -> {
            Interruption.heed(handedOver::isInterrupted);
            try {
              serve(opcode, copy, poolReply.get());
            } finally {
              Interruption.end();
              inFlight.done(unique);
              copy.free();
            }
          });
    } catch (RejectedExecutionException e) {
      // It is being unmounted: the kernel answers the caller itself.
      inFlight.done(unique);
      copy.free();
    }
  }

  private boolean mayBlock(Opcode opcode, Request request) {
    if (opcode.isLong() && request.sender().isShared()) {
      return true;
    }
    try {
      int second = opcode.secondNode();
      return mayBlock(request.node())
          || (opcode.mayWait() && operations.mayWait(request.node()))
          || (second >= 0 && mayBlock(request.int64(second)));
    } catch (MalformedRequestException e) {
      // The handler comes upon it too, and answers.
      return false;
    }
  }

  private boolean mayBlock(long node) {
    try {
      return operations.mayBlock(node);
    } catch (RuntimeException e) {
      failures.report("mayBlock", e);
      return false;
    }
  }

  private Executor executorOf(long node) {
    return mayBlock(node) ? pool : Runnable::run;
  }

  private void serve(Opcode opcode, Request request, Reply reply) {
    reply.begin();
    int errno = 0;
    try {
      Handler handler = handlers.of(opcode);
      if (handler == null) {
        // The kernel remembers it of most kinds of requests, and does without.
        throw new ErrnoException(Errno.ENOSYS, request.toString());
      }
      handler.handle(request, reply);
    } catch (ErrnoException e) {
      errno = e.errno();
    } catch (Throwable e) {
      failures.report(opcode.toString(), e);
      errno = Errno.EIO;
    }
    if (!reply.withheld()) {
      answer(request.sender(), request.unique(), reply, errno);
    }
  }

  private static void answer(Sender sender, long unique, Reply reply, int errno) {
    try {
      sender.send(reply.memory(), reply.finish(unique, errno));
    } catch (ErrnoException refused) {
      LOG.error("The kernel did not take an answer: {}", refused.getMessage());
      try {
        sender.send(reply.memory(), reply.finish(unique, Errno.EIO));
      } catch (ErrnoException e) {
        LOG.error("Nor that it failed: {}", e.getMessage());
      }
    }
  }

  private void answerLate(Sender sender, long unique, int errno) {
    Reply reply = lateReply.get();
    reply.begin();
    answer(sender, unique, reply, errno);
  }

  /** Ends all threads of its own; what they are at is not waited for. */
  void stop() {
    waits.stop();
    pool.stop();
  }
}
