package io.trifold.replica;

import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * The journal cannot be read or written: the disk is full, or the file is damaged. Nothing can go
 * on without it; what is on disk is safe, for the next start compares it anew.
 */
public final class JournalException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  JournalException(String message, Throwable cause) {
    super(message, cause);
  }

  /** Whether its disk is full: the same may be tried again. */
  boolean isFull() {
    return getCause() instanceof SQLiteException e
        && (e.getResultCode() == SQLiteErrorCode.SQLITE_FULL
            || e.getResultCode() == SQLiteErrorCode.SQLITE_IOERR_SHMSIZE);
  }
}
