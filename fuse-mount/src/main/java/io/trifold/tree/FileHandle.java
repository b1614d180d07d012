package io.trifold.tree;

import io.trifold.fuse.Caller;
import io.trifold.fuse.LockOwner;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import io.trifold.posix.Stat;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An open file with its descriptor. A small file that is only read may get that late: where the
 * kernel has the content already, it is not needed at all.
 */
final class FileHandle implements OpenHandle {
  /**
   * Kernels stamp files with a clock that ticks every 1 to 10 ms: a write within the tick of the
   * last one leaves no trace in the times.
   */
  private static final long TICK_MILLIS = 20;

  private static final int NOT_OPENED = -1;

  /** Opens the file of a handle that was made without a descriptor. */
  @FunctionalInterface
  interface Opening {
    int open(FileHandle handle) throws ErrnoException;
  }

  private final FileNode node;
  private final boolean writes;
  private final boolean mappable;
  private final boolean flushed;
  private final Opening opening;
  private final LogWriter log;
  private final Caller opener = Acting.caller();
  private volatile int fd;

  /** The open itself, and each who borrows the descriptor; closed with the last. */
  private final AtomicInteger users = new AtomicInteger(1);

  /** Who took POSIX locks through it; only where nobody says when they close a descriptor. */
  private final Set<LockOwner> lockOwners = ConcurrentHashMap.newKeySet();

  private volatile boolean written;

  /** As it was when last reported; guarded by this. */
  private Stat reported;

  /** Whether a change after {@link #reported} might not show in the times; guarded by this. */
  private boolean fresh;

  private FileHandle(
      FileNode node,
      boolean writes,
      boolean mappable,
      boolean flushed,
      Opening opening,
      int fd,
      Stat opened,
      LogWriter log) {
    this.log = log;
    this.node = node;
    this.writes = writes;
    this.mappable = mappable;
    this.flushed = flushed;
    this.opening = opening;
    this.fd = fd;
    this.reported = opened;
    this.fresh = opened != null && isFresh(opened);
  }

  /**
   * Takes over the descriptor.
   *
   * @param flags of its open
   * @param flushed whether each descriptor that is closed is told
   * @param opened the file as it was opened
   * @param log who takes what is written; {@code null} if the file does
   */
  static FileHandle opened(
      FileNode node, int fd, int flags, boolean flushed, Stat opened, LogWriter log) {
    return new FileHandle(
        node, writes(flags), readsAndWrites(flags), flushed, null, fd, opened, log);
  }

  /** Of a file that is only read, and opened when that must be. */
  static FileHandle openedLate(FileNode node, boolean flushed, Opening opening) {
    return new FileHandle(node, false, false, flushed, opening, NOT_OPENED, null, null);
  }

  /** Whether what is opened with these flags can be written through. */
  static boolean writes(int flags) {
    return (flags & Posix.O_ACCMODE) != Posix.O_RDONLY;
  }

  /** Whether it can be mapped to be written, too. */
  static boolean readsAndWrites(int flags) {
    return (flags & Posix.O_ACCMODE) == Posix.O_RDWR;
  }

  FileNode node() {
    return node;
  }

  /** Who opened it: the kernel does not tell who closes it. */
  Caller opener() {
    return opener;
  }

  /** The descriptor; opens the file if that was not done yet. */
  int fd() throws ErrnoException {
    int opened = fd;
    return opened != NOT_OPENED ? opened : opening.open(this);
  }

  boolean isOpened() {
    return fd != NOT_OPENED;
  }

  /** Opens the file, unless another thread has; with the names locked. */
  synchronized int openOnce(Namespace.Exclusive<Integer> open) throws ErrnoException {
    if (fd == NOT_OPENED) {
      fd = open.run();
    }
    return fd;
  }

  /** Who takes what is written; {@code null} if the file does. */
  LogWriter log() {
    return log;
  }

  boolean writes() {
    return writes;
  }

  /** Whether each descriptor that is closed is told; if not, the release alone is. */
  boolean isFlushed() {
    return flushed;
  }

  /** Whether it can be mapped to be written, by a mapping that outlives it. */
  boolean isMappable() {
    return mappable;
  }

  /** The file as it was when {@link #takeChange} was last asked. */
  synchronized Stat reported() {
    return reported;
  }

  Set<LockOwner> lockOwners() {
    return lockOwners;
  }

  /** The content was changed, as far as is known. The kernel writes without telling. */
  void markWritten() {
    written = true;
  }

  /**
   * Whether the file may differ from what it was when this was last asked, or at the open. Only of
   * a handle that can be written through.
   */
  synchronized boolean takeChange() throws ErrnoException {
    boolean changed = written || fresh;
    written = false;
    Stat now = Posix.stat(fd);
    node.setSize(now.size());
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
    if (users.decrementAndGet() == 0 && fd != NOT_OPENED) {
      Posix.close(fd);
    }
  }
}
