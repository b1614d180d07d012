package io.trifold.replica;

import io.trifold.posix.Stat;
import java.time.Instant;

/**
 * By what an inode on disk is recognised as the one that was last in sync: an unchanged signature
 * is unchanged content and metadata.
 *
 * @param mode file type included
 * @param settled false if the inode was changed so shortly before the look that a later change
 *     could have left the same times: then equality proves nothing
 */
record Signature(
    long inode,
    int mode,
    int uid,
    int gid,
    long size,
    long modifySeconds,
    int modifyNanos,
    long changeSeconds,
    int changeNanos,
    boolean settled) {
  /** More than a tick of the coarse clock that the kernel stamps inodes with. */
  private static final long TICK_NANOS = 20_000_000;

  /**
   * @param looked when the look at content and metadata began
   */
  static Signature of(Stat stat, Instant looked) {
    Instant edge = looked.minusNanos(TICK_NANOS);
    boolean settled =
        Instant.ofEpochSecond(stat.changeSeconds(), stat.changeNanos()).isBefore(edge)
            || Instant.ofEpochSecond(stat.modifySeconds(), stat.modifyNanos()).isBefore(edge);
    return new Signature(
        stat.inode(),
        stat.mode(),
        stat.uid(),
        stat.gid(),
        stat.size(),
        stat.modifySeconds(),
        stat.modifyNanos(),
        stat.changeSeconds(),
        stat.changeNanos(),
        settled);
  }

  /**
   * Whether this is the inode that the signature was taken of, and it looks as it did then. Of a
   * directory, whose times and size change with what is in it, only inode, mode and owners count.
   */
  boolean matches(Stat stat) {
    return isSameInode(stat) && (stat.isDirectory() || matchesTimes(stat));
  }

  /**
   * Whether it matches, but for the change time: to give the inode another name, or to take one
   * away, is enough to change that.
   */
  boolean matchesButForNames(Stat stat) {
    return isSameInode(stat) && (stat.isDirectory() || isSameContent(stat));
  }

  private boolean isSameInode(Stat stat) {
    return inode == stat.inode() && mode == stat.mode() && uid == stat.uid() && gid == stat.gid();
  }

  private boolean isSameContent(Stat stat) {
    return size == stat.size()
        && modifySeconds == stat.modifySeconds()
        && modifyNanos == stat.modifyNanos();
  }

  private boolean matchesTimes(Stat stat) {
    return isSameContent(stat)
        && changeSeconds == stat.changeSeconds()
        && changeNanos == stat.changeNanos();
  }

  /** When the inode was last changed, as the filesystem says. */
  Instant changed() {
    return Instant.ofEpochSecond(changeSeconds, changeNanos);
  }

  /** Whether nothing at all was done to the inode since. */
  boolean isUntouched(Stat stat) {
    return settled && matches(stat) && matchesTimes(stat);
  }

  /** Whether it matches, and that proves that nothing changed. */
  boolean proves(Stat stat) {
    return matches(stat) && (settled || stat.isDirectory());
  }
}
