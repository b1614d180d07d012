package io.trifold.posix;

/**
 * A system call failed, or an operation of the mount is answered with an error number. Carries no
 * stack trace: errors such as {@code ENOENT} are ordinary answers, made by the thousand.
 */
public final class ErrnoException extends Exception {
  private static final long serialVersionUID = 1L;

  private final int errno;

  /**
   * @param errno the error number, positive
   * @param doing what was being done, for a message: a call, a path
   */
  public ErrnoException(int errno, String doing) {
    super(Errno.name(errno) + ": " + doing, null, false, false);
    this.errno = errno;
  }

  /** The error number, positive; see {@link Errno}. */
  public int errno() {
    return errno;
  }

  /**
   * Whether it says that nothing of that name is there any more: it, or a directory of its path, is
   * gone, or something else stands there.
   */
  public boolean isAbsence() {
    return errno == Errno.ENOENT || errno == Errno.ENOTDIR || errno == Errno.ELOOP;
  }
}
