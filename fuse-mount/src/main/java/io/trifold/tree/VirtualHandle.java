package io.trifold.tree;

import io.trifold.fuse.Caller;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import java.io.ByteArrayOutputStream;
import jnr.ffi.Pointer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A virtual file that is open: the content that it had then, and what was written since. */
final class VirtualHandle implements OpenHandle {
  private static final Logger LOG = LoggerFactory.getLogger(VirtualHandle.class);

  private final VirtualNode.File file;
  private final byte[] content;
  private final ByteArrayOutputStream written = new ByteArrayOutputStream(0);
  private Caller writer;

  VirtualHandle(VirtualNode.File file, byte[] content) {
    this.file = file;
    this.content = content;
  }

  int read(long offset, Pointer buffer, int count) {
    int n = (int) Math.max(0, Math.min(count, content.length - offset));
    if (n > 0) {
      buffer.put(0, content, (int) offset, n);
    }
    return n;
  }

  /** Adds to what was written; a stream has no offsets. */
  synchronized int write(Caller caller, Pointer buffer, int count) throws ErrnoException {
    if (written.size() + count > VirtualNode.File.MOST_WRITTEN) {
      throw new ErrnoException(
          Errno.EFBIG, "more than " + VirtualNode.File.MOST_WRITTEN + " bytes");
    }
    byte[] bytes = new byte[count];
    buffer.get(0, bytes, 0, count);
    written.writeBytes(bytes);
    writer = caller;
    return count;
  }

  /**
   * A descriptor is closed. A child that inherited it may do so long before its writer does: what
   * another process has written is not complete then.
   */
  void flush(Caller caller) throws ErrnoException {
    synchronized (this) {
      if (writer == null || writer.pid() != caller.pid()) {
        return;
      }
    }
    handOver();
  }

  /** The last descriptor is gone; nobody hears of an error any more. */
  void release() {
    try {
      handOver();
    } catch (ErrnoException e) {
      LOG.warn("What was written to a control file was refused: {}", e.getMessage());
    }
  }

  private void handOver() throws ErrnoException {
    byte[] bytes;
    Caller from;
    synchronized (this) {
      bytes = written.toByteArray();
      from = writer;
      written.reset();
      writer = null;
    }
    if (bytes.length > 0) {
      file.written(from, bytes);
    }
  }
}
