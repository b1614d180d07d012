package io.trifold.queue;

import java.util.Objects;

/**
 * What travels of a file's inode.
 *
 * @param mode the permission bits, set-id and sticky bits included; no file type
 * @param owner the owner's name, or its number in decimal where it has none
 * @param group the group's name, or its number in decimal where it has none
 * @param mtimeSeconds last modification, seconds since 1970
 * @param mtimeNanos its nanoseconds, 0 to 999,999,999
 * @param xattrs extended attributes and access control lists; a symlink has none
 */
public record Metadata(
    int mode, String owner, String group, long mtimeSeconds, int mtimeNanos, Xattrs xattrs) {
  public Metadata {
    Objects.requireNonNull(xattrs);
  }

  /** Without extended attributes. */
  public Metadata(int mode, String owner, String group, long mtimeSeconds, int mtimeNanos) {
    this(mode, owner, group, mtimeSeconds, mtimeNanos, Xattrs.NONE);
  }

  /** The same with these extended attributes. */
  public Metadata with(Xattrs other) {
    return new Metadata(mode, owner, group, mtimeSeconds, mtimeNanos, other);
  }
}
