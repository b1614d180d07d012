package io.trifold.posix;

/**
 * What {@code statx(2)} says of an inode. Times are seconds since 1970 and nanoseconds.
 *
 * @param device of the filesystem, {@code major << 32 | minor}
 * @param blocks of 512 bytes
 * @param rdev of a device file, as {@code major << 32 | minor}
 * @param birthSeconds creation time, 0 where the filesystem keeps none
 */
public record Stat(
    long device,
    long inode,
    int mode,
    int links,
    int uid,
    int gid,
    long rdev,
    long size,
    long blocks,
    int blockSize,
    long accessSeconds,
    int accessNanos,
    long modifySeconds,
    int modifyNanos,
    long changeSeconds,
    int changeNanos,
    long birthSeconds,
    int birthNanos) {

  public static final int S_IFMT = 0xF000;
  public static final int S_IFSOCK = 0xC000;
  public static final int S_IFLNK = 0xA000;
  public static final int S_IFREG = 0x8000;
  public static final int S_IFBLK = 0x6000;
  public static final int S_IFDIR = 0x4000;
  public static final int S_IFCHR = 0x2000;
  public static final int S_IFIFO = 0x1000;

  /** The file type bits of the mode. */
  public int type() {
    return mode & S_IFMT;
  }

  /** The mode without the file type. */
  public int permissions() {
    return mode & ~S_IFMT;
  }

  public boolean isDirectory() {
    return type() == S_IFDIR;
  }

  public boolean isRegular() {
    return type() == S_IFREG;
  }

  public boolean isSymlink() {
    return type() == S_IFLNK;
  }

  /** The same, with another inode number and count of links. */
  public Stat with(long otherInode, int otherLinks) {
    return new Stat(
        device,
        otherInode,
        mode,
        otherLinks,
        uid,
        gid,
        rdev,
        size,
        blocks,
        blockSize,
        accessSeconds,
        accessNanos,
        modifySeconds,
        modifyNanos,
        changeSeconds,
        changeNanos,
        birthSeconds,
        birthNanos);
  }
}
