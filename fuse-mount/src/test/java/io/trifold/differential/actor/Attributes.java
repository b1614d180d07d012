package io.trifold.differential.actor;

import static io.trifold.differential.actor.Native.C;

import io.trifold.posix.ErrnoException;
import jnr.ffi.Pointer;

/** What {@code statx} says. Times are in nanoseconds. */
record Attributes(
    int mode,
    int links,
    int uid,
    int gid,
    long inode,
    long size,
    String device,
    long accessed,
    long changed,
    long modified) {
  static final int AT_SYMLINK_NOFOLLOW = 0x100;
  static final int AT_EMPTY_PATH = 0x1000;
  private static final int BASIC = 0x7ff;
  private static final byte[] EMPTY = {0};

  static Attributes of(int directory, byte[] path, int flags) throws ErrnoException {
    Pointer statx = Memory.BUFFER;
    Result.of(C.statx(directory, path, flags, BASIC, statx));
    return new Attributes(
        Short.toUnsignedInt(statx.getShort(28)),
        statx.getInt(16),
        statx.getInt(20),
        statx.getInt(24),
        statx.getLong(32),
        statx.getLong(40),
        statx.getInt(128) + ":" + statx.getInt(132),
        time(statx, 64),
        time(statx, 96),
        time(statx, 112));
  }

  static Attributes of(int fd) throws ErrnoException {
    return of(fd, EMPTY, AT_EMPTY_PATH);
  }

  private static long time(Pointer statx, int offset) {
    return statx.getLong(offset) * 1_000_000_000L + statx.getInt(offset + 8L);
  }

  private static final int TYPE = 0170000;

  boolean isDirectory() {
    return (mode & TYPE) == 0040000;
  }

  boolean isRegular() {
    return (mode & TYPE) == 0100000;
  }

  boolean isSymlink() {
    return (mode & TYPE) == 0120000;
  }

  boolean isDevice() {
    return (mode & TYPE) == 0020000 || (mode & TYPE) == 0060000;
  }
}
