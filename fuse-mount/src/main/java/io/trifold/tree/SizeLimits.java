package io.trifold.tree;

import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Stat;
import io.trifold.rules.Binding;
import io.trifold.rules.Decision;

/**
 * How large a file may become: a file beyond its rule's {@code max-size} would not travel, so who
 * makes it that is told, {@code EFBIG}, as at the end of what a filesystem can hold. The kernel
 * cannot be told of a limit: files that have one are never written in passthrough.
 */
final class SizeLimits {
  private static final long NONE = Long.MAX_VALUE;
  private static final int FALLOC_KEEP_SIZE = 1;

  private SizeLimits() {}

  /** The limit of a name. */
  static long of(Decision decision) {
    return decision.binding() == Binding.PROPAGATED ? decision.options().maxSize() : NONE;
  }

  /** The limit of a file: of several names, the strictest. */
  static long of(FileNode file) {
    long limit = NONE;
    for (Link link : file.links()) {
      limit = Math.min(limit, of(link.state().file()));
    }
    return limit;
  }

  static boolean hasAny(FileNode file) {
    return of(file) != NONE;
  }

  /** How many of so many bytes may be written at the offset: at least one. */
  static int clip(FileNode file, long offset, int count) throws ErrnoException {
    return (int) clip(file, offset, (long) count);
  }

  /** The same. */
  static long clip(FileNode file, long offset, long count) throws ErrnoException {
    long limit = of(file);
    if (count > 0 && offset >= limit) {
      throw tooLarge(limit);
    }
    return Math.min(count, limit - offset);
  }

  /** A file may be given this size; a smaller one than it has always. */
  static void requireSize(FileNode file, long size) throws ErrnoException {
    long limit = of(file);
    if (size > limit && size > file.size()) {
      throw tooLarge(limit);
    }
  }

  /** {@code fallocate(2)} may be done. */
  static void requireRange(FileNode file, int mode, long offset, long length)
      throws ErrnoException {
    if ((mode & FALLOC_KEEP_SIZE) == 0 && length > 0) {
      requireSize(file, offset + length);
    }
  }

  /** What this is may get a name that is bound so. */
  static void requireFits(Stat stat, Decision decision) throws ErrnoException {
    if (stat.isRegular() && stat.size() > of(decision)) {
      throw tooLarge(of(decision));
    }
  }

  private static ErrnoException tooLarge(long limit) {
    return new ErrnoException(Errno.EFBIG, "more than " + limit + " bytes");
  }
}
