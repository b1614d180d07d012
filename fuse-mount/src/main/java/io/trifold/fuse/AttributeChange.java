package io.trifold.fuse;

/**
 * What a {@code SETATTR} request asks for; each field counts only where {@link #valid} has its bit.
 *
 * @param valid which fields are set, the bits below
 * @param handle the open file that the caller used, with {@link #HANDLE}
 * @param size new size in bytes
 */
public record AttributeChange(
    int valid,
    long handle,
    int mode,
    int uid,
    int gid,
    long size,
    long accessSeconds,
    int accessNanos,
    long modifySeconds,
    int modifyNanos) {
  public static final int MODE = 1;
  public static final int UID = 1 << 1;
  public static final int GID = 1 << 2;
  public static final int SIZE = 1 << 3;
  public static final int ATIME = 1 << 4;
  public static final int MTIME = 1 << 5;
  public static final int HANDLE = 1 << 6;
  public static final int ATIME_NOW = 1 << 7;
  public static final int MTIME_NOW = 1 << 8;

  /** A change of the mode alone. */
  public static AttributeChange ofMode(int mode) {
    return new AttributeChange(MODE, 0, mode, 0, 0, 0, 0, 0, 0, 0);
  }

  /** Whether all of these bits are set. */
  public boolean has(int bits) {
    return (valid & bits) == bits;
  }
}
