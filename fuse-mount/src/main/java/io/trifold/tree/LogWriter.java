package io.trifold.tree;

import io.trifold.posix.ErrnoException;
import jnr.ffi.Pointer;

/**
 * What one open of a log is written through. Of many threads; called with no lock held. It writes
 * the file itself.
 */
public interface LogWriter {
  /** Changes a file's content. */
  interface Change {
    void make() throws ErrnoException;
  }

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

  /** Makes another change of the file's content; no line is put into it meanwhile. */
  void change(Change change) throws ErrnoException;

  /** The last descriptor was closed. */
  void close();
}
