package io.trifold.tree;

import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import java.util.concurrent.ThreadLocalRandom;

/** The names that callers never see on the disk, and cannot make. */
final class ReservedNames {
  /** At the root: the virtual directory, and below the mount whoever stages files there. */
  static final String TRIFOLD = ".trifold";

  private static final String TEMPORARY = ".trifold~";

  private ReservedNames() {}

  /** Whether what stands at this name on the disk is hidden. */
  static boolean hides(DirectoryNode directory, String name) {
    return name.startsWith(TEMPORARY) || (directory.isRoot() && name.equals(TRIFOLD));
  }

  /** Refuses to make something at a reserved name. */
  static void refuse(DirectoryNode directory, String name) throws ErrnoException {
    if (hides(directory, name)) {
      throw new ErrnoException(Errno.EPERM, name);
    }
  }

  /** Says that there is nothing at a reserved name. */
  static void deny(DirectoryNode directory, String name) throws ErrnoException {
    if (hides(directory, name)) {
      throw new ErrnoException(Errno.ENOENT, name);
    }
  }

  /** A name for a file that stands beside its target until it takes its place. */
  static String temporary() {
    return TEMPORARY + Long.toHexString(ThreadLocalRandom.current().nextLong());
  }
}
