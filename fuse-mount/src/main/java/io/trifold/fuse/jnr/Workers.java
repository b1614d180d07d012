package io.trifold.fuse.jnr;

import io.trifold.fuse.Interruption;
import io.trifold.posix.Errno;
import io.trifold.posix.Posix;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import jnr.ffi.Pointer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads that serve a session. Each reads requests and answers them; one of them is always
 * ready to read, for who takes the last place makes a new thread first. So a request that waits,
 * for a lock or for storage that hangs, stops nobody else. There are as many threads as requests
 * under way, which the callers' own threads bound.
 */
final class Workers {
  private static final Logger LOG = LoggerFactory.getLogger(Workers.class);
  private static final int IDLE_MOST = 8;
  private static final int BUFFER_SIZE = 40;
  private static final int BUFFER_MEMORY = 16;

  private final FuseLibrary library;
  private final Pointer session;
  private final Pointer channel;
  private final BooleanSupplier givenUp;
  private final Runnable onUnmounted;
  private final Runnable onEnd;
  private final AtomicInteger alive = new AtomicInteger();
  private final AtomicInteger idle = new AtomicInteger();
  private final AtomicInteger started = new AtomicInteger();

  /**
   * @param givenUp whether the caller of this thread's request, or the mount, is gone
   * @param onUnmounted called by each thread that sees the session's end
   * @param onEnd called by the last one, when no request is under way
   */
  Workers(
      FuseLibrary library,
      Pointer session,
      Pointer channel,
      BooleanSupplier givenUp,
      Runnable onUnmounted,
      Runnable onEnd) {
    this.library = library;
    this.session = session;
    this.channel = channel;
    this.givenUp = givenUp;
    this.onUnmounted = onUnmounted;
    this.onEnd = onEnd;
  }

  void start() {
    alive.incrementAndGet();
    idle.incrementAndGet();
    Thread thread = new Thread(this::run, "jnr-" + started.incrementAndGet());
    thread.setDaemon(true);
    try {
      thread.start();
    } catch (OutOfMemoryError e) {
      // No more threads: who is there goes on.
      LOG.warn("cannot start another thread: {}", e.getMessage());
      idle.decrementAndGet();
      alive.decrementAndGet();
    }
  }

  private void run() {
    Interruption.heed(givenUp);
    try {
      serve();
    } finally {
      if (alive.decrementAndGet() == 0) {
        onEnd.run();
      }
    }
  }

  private void serve() {
    int size = (int) library.fuse_chan_bufsize(channel);
    Pointer memory = Posix.allocate(size);
    Pointer buffer = Posix.allocate(BUFFER_SIZE);
    Pointer from = Posix.allocate(Long.BYTES);
    while (true) {
      buffer.putLong(0, size);
      buffer.putInt(8, 0);
      buffer.putPointer(BUFFER_MEMORY, memory);
      from.putPointer(0, channel);
      int length = library.fuse_session_receive_buf(session, buffer, from);
      if (length == -Errno.EINTR || length == -Errno.EAGAIN) {
        continue;
      }
      if (length <= 0) {
        onUnmounted.run();
        return;
      }
      Request request = new Request(memory, length);
      boolean forget =
          request.opcode() == Request.FORGET || request.opcode() == Request.BATCH_FORGET;
      if (idle.decrementAndGet() == 0 && !forget) {
        start();
      }
      request.begin();
      library.fuse_session_process_buf(session, buffer, channel);
      Request.end();
      if (idle.incrementAndGet() > IDLE_MOST) {
        idle.decrementAndGet();
        return;
      }
    }
  }
}
