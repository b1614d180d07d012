package io.trifold.tree;

import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import io.trifold.posix.Stat;
import java.util.concurrent.atomic.AtomicInteger;

/** An open file with its descriptor. */
final class FileHandle implements OpenHandle {
  /**
   * Kernels stamp files with a clock that ticks every 1 to 10 ms: a write within the tick of the
   * last one leaves no trace in the times.
   */
  private static final long TICK_MILLIS = 20;

  private final FileNode node;
  private final int fd;
  private final boolean writes;
  private final boolean direct;

  /** The open itself, and each who borrows the descriptor; closed with the last. */
  private final AtomicInteger users = new AtomicInteger(1);

  private volatile boolean written;

  /** As it was when last reported; guarded by this. */
  private Stat reported;

  /** Whether a change after {@link #reported} might not show in the times; guarded by this. */
  private boolean fresh;

  /**
   * Takes over the descriptor.
   *
   * @param writes whether it can be written through
   * @param direct whether the kernel caches nothing of it
   * @param opened the file as it was opened
   */
  FileHandle(FileNode node, int fd, boolean writes, boolean direct, Stat opened) {
    this.node = node;
    this.fd = fd;
    this.writes = writes;
    this.direct = direct;
    this.reported = opened;
    this.fresh = isFresh(opened);
  }

  FileNode node() {
    return node;
  }

  int fd() {
    return fd;
  }

  boolean writes() {
    return writes;
  }

  boolean direct() {
    return direct;
  }

  /** The content was changed, as far as is known. The kernel writes without telling. */
  void markWritten() {
    written = true;
  }

  /** Whether the file may differ from what it was when this was last asked, or at the open. */
  synchronized boolean takeChange() throws ErrnoException {
    boolean changed = written || fresh;
    written = false;
    Stat now = Posix.stat(fd);
    changed |=
        now.size() != reported.size()
            || now.modifySeconds() != reported.modifySeconds()
            || now.modifyNanos() != reported.modifyNanos()
            || now.changeSeconds() != reported.changeSeconds()
            || now.changeNanos() != reported.changeNanos();
    reported = now;
    fresh = isFresh(now);
    return changed;
  }

  private static boolean isFresh(Stat stat) {
    long changed = stat.changeSeconds() * 1000 + stat.changeNanos() / 1_000_000;
    return Math.abs(System.currentTimeMillis() - changed) < TICK_MILLIS;
  }

  /** Keeps the descriptor open until {@link #drop}; false if it is closed already. */
  boolean acquire() {
    return users.getAndUpdate(n -> n == 0 ? 0 : n + 1) > 0;
  }

  void drop() {
    if (users.decrementAndGet() == 0) {
      Posix.close(fd);
    }
  }
}
