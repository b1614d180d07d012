package io.trifold.replica;

/**
 * The journal cannot be read or written: the disk is full, or the file is damaged. Nothing can go
 * on without it; what is on disk is safe, for the next start compares it anew.
 */
public final class JournalException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  JournalException(String message, Throwable cause) {
    super(message, cause);
  }
}
