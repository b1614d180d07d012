package io.trifold.posix;

import static io.trifold.posix.LibC.C;

/**
 * Whose files a thread makes. While a thread acts for somebody, what it creates belongs to that
 * user and group, and has the modes that their umask leaves, or the ACL that the directory gives in
 * its place; it keeps the daemon's own capabilities, for the kernel has checked the caller's
 * permissions before it asked ({@code default_permissions}). Without root all files belong to the
 * daemon's user.
 *
 * <p>A process has one umask for all of its threads, unless a thread parts with the others ({@code
 * unshare(2)} with {@code CLONE_FS}), which one does here when it first acts for somebody. Between
 * its actions a thread's umask is 0, as the process's is to be: threads that it starts share it.
 */
public final class Credentials {
  private static final int PR_SET_SECUREBITS = 28;
  private static final int SECBIT_NO_SETUID_FIXUP = 1 << 2;
  private static final int CLONE_FS = 0x200;
  private static final boolean PRIVILEGED = C.geteuid() == 0;
  private static final ThreadLocal<Boolean> KEEPS_CAPABILITIES =
      ThreadLocal.withInitial(
          () -> C.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0) == 0);
  private static final ThreadLocal<Boolean> HAS_OWN_UMASK =
      ThreadLocal.withInitial(() -> C.unshare(CLONE_FS) == 0);

  private Credentials() {}

  /** An action that makes something. */
  @FunctionalInterface
  public interface Action<T> {
    T run() throws ErrnoException;
  }

  /**
   * Runs the action with what it creates belonging to {@code uid} and {@code gid}, under that
   * umask.
   */
  public static <T> T as(int uid, int gid, int umask, Action<T> action) throws ErrnoException {
    return withUmask(umask, () -> as(uid, gid, action));
  }

  private static <T> T withUmask(int umask, Action<T> action) throws ErrnoException {
    if (umask == 0) {
      return action.run();
    }
    if (!HAS_OWN_UMASK.get()) {
      throw new ErrnoException(Errno.EPERM, "a umask of a thread's own");
    }
    C.umask(umask);
    try {
      return action.run();
    } finally {
      C.umask(0);
    }
  }

  private static <T> T as(int uid, int gid, Action<T> action) throws ErrnoException {
    if (!PRIVILEGED || (uid == 0 && gid == 0)) {
      return action.run();
    }
    if (!KEEPS_CAPABILITIES.get()) {
      throw new ErrnoException(Errno.EPERM, "acting for uid " + uid);
    }
    C.setfsgid(gid);
    C.setfsuid(uid);
    try {
      return action.run();
    } finally {
      C.setfsuid(0);
      C.setfsgid(0);
    }
  }
}
