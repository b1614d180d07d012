package io.trifold.tree;

import io.trifold.posix.ErrnoException;
import jnr.ffi.Pointer;

/**
 * What one open of a log is written through. Of many threads; called with no lock held. It writes
 * the file itself.
 */
public interface LogWriter {
  /**
   * Takes what was written.
   *
   * @param offset where the caller believes to write
   * @return how many bytes were taken
   */
  int write(long offset, Pointer buffer, int count) throws ErrnoException;

  /** Some descriptor of it was closed: what is held becomes visible. */
  void flush() throws ErrnoException;

  /** What was taken is to be on the disk, whatever it was routed to. */
  void sync() throws ErrnoException;

  /** The file's content was changed otherwise. */
  void changed();

  /** The last descriptor was closed. */
  void close();
}
