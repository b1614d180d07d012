package io.trifold.fuse.jnr;

import io.trifold.fuse.AttributeChange;
import io.trifold.posix.Posix;

/** The changes of attributes that libfuse asks for one by one. */
final class Changes {
  private static final int UNCHANGED = -1;

  private Changes() {}

  static AttributeChange mode(int mode) {
    return AttributeChange.ofMode(mode);
  }

  /** -1 leaves that one as it is. */
  static AttributeChange owner(int uid, int gid) {
    int valid =
        (uid == UNCHANGED ? 0 : AttributeChange.UID) | (gid == UNCHANGED ? 0 : AttributeChange.GID);
    return new AttributeChange(valid, 0, 0, uid, gid, 0, 0, 0, 0, 0);
  }

  static AttributeChange size(long size) {
    return new AttributeChange(AttributeChange.SIZE, 0, 0, 0, 0, size, 0, 0, 0, 0);
  }

  static AttributeChange size(long size, long handle) {
    int valid = AttributeChange.SIZE | AttributeChange.HANDLE;
    return new AttributeChange(valid, handle, 0, 0, 0, size, 0, 0, 0, 0);
  }

  /** Nanoseconds may be {@link Posix#UTIME_OMIT} and {@link Posix#UTIME_NOW}. */
  static AttributeChange times(
      long accessSeconds, long accessNanos, long modifySeconds, long modifyNanos) {
    int valid =
        valid(accessNanos, AttributeChange.ATIME, AttributeChange.ATIME_NOW)
            | valid(modifyNanos, AttributeChange.MTIME, AttributeChange.MTIME_NOW);
    return new AttributeChange(
        valid, 0, 0, 0, 0, 0, accessSeconds, (int) accessNanos, modifySeconds, (int) modifyNanos);
  }

  private static int valid(long nanos, int set, int now) {
    if (nanos == Posix.UTIME_OMIT) {
      return 0;
    }
    return nanos == Posix.UTIME_NOW ? set | now : set;
  }
}
