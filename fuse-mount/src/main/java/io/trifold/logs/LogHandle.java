package io.trifold.logs;

import io.trifold.posix.ErrnoException;
import io.trifold.tree.LogWriter;
import java.util.function.Consumer;
import jnr.ffi.Pointer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One open of a log. */
final class LogHandle implements LogWriter {
  private static final Logger LOG = LoggerFactory.getLogger(LogHandle.class);

  /** The kernel's largest transfers are at least so large: more of the same write may follow. */
  private static final int PIECE = 128 << 10;

  private final LogFile file;
  private final long number;
  private final int through;
  private final boolean appends;
  private final Consumer<LogHandle> onClose;
  private final Consumer<String> onGrowth;
  private final LineAssembler assembler = new LineAssembler();

  /** Where the caller believes to be after its last append; guarded by this, as the rest. */
  private long position = -1;

  private boolean rewriting;
  private int lastCount;
  private long heldSince;

  /**
   * Takes over what is written through an open.
   *
   * @param through the open's descriptor, for what is written in place
   * @param appends whether every write goes to the end
   * @param onGrowth told the path when the file grew without the caller having just written
   */
  LogHandle(
      LogFile file,
      long number,
      int through,
      boolean appends,
      Consumer<LogHandle> onClose,
      Consumer<String> onGrowth) {
    this.file = file;
    this.number = number;
    this.through = through;
    this.appends = appends;
    this.onClose = onClose;
    this.onGrowth = onGrowth;
  }

  LogFile file() {
    return file;
  }

  @Override
  public synchronized int write(long offset, Pointer buffer, int count) throws ErrnoException {
    if (count == 0) {
      return 0;
    }
    if (!isAppend(offset, buffer, count)) {
      return file.overwrite(through, offset, buffer, count);
    }
    byte[] bytes = new byte[count];
    buffer.get(0, bytes, 0, count);
    put(assembler.feed(bytes));
    position = offset + count;
    lastCount = count;
    return count;
  }

  private void put(LineAssembler.Cut cut) throws ErrnoException {
    boolean held = assembler.held().length > 0;
    file.put(cut, number, held);
    assembler.keep(cut);
    if (cut.held().length > 0) {
      heldSince = System.nanoTime();
    }
  }

  /**
   * Whether a write is at the end of what its caller knows. A file that is written anew from its
   * beginning, its header included, is being edited.
   */
  private boolean isAppend(long offset, Pointer buffer, int count) throws ErrnoException {
    if (appends) {
      return true;
    }
    if (rewriting) {
      return false;
    }
    if (offset == position) {
      return true;
    }
    if (offset != file.size()) {
      return false;
    }
    if (offset == 0) {
      byte[] start = new byte[Math.min(count, Header.LONGEST + 1)];
      buffer.get(0, start, 0, start.length);
      rewriting = Header.of(start).isPresent();
    }
    return !rewriting;
  }

  @Override
  public void flush() throws ErrnoException {
    synchronized (this) {
      if (assembler.held().length == 0 || lastCount >= PIECE) {
        return;
      }
      put(assembler.end());
    }
    onGrowth.accept(file.path());
  }

  /** Ends a line whose writer has not gone on with it since. */
  void flushHeldBefore(long nanos) throws ErrnoException {
    synchronized (this) {
      if (assembler.held().length == 0 || heldSince - nanos > 0) {
        return;
      }
      put(assembler.end());
    }
    onGrowth.accept(file.path());
  }

  @Override
  public void sync() throws ErrnoException {
    flush();
    file.sync();
  }

  @Override
  public void change(Change change) throws ErrnoException {
    file.change(change);
  }

  /** The end of a file's descriptor is nothing that its caller could be told of. */
  @Override
  public void close() {
    try {
      lastCount = 0;
      flush();
    } catch (ErrnoException e) {
      LOG.error(
          "{}: the last line could not be written: {}; it is kept for the next start",
          file.path(),
          e.getMessage());
    } finally {
      onClose.accept(this);
    }
  }

  /** A number that no other open has, of this daemon or an earlier one. */
  static long firstNumber() {
    return System.currentTimeMillis() << 20 ^ ProcessHandle.current().pid();
  }
}
