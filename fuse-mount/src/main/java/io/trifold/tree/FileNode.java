package io.trifold.tree;

import io.trifold.posix.Stat;
import io.trifold.rules.Side;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Anything but a directory: one inode of one side, under all of its names that were looked up. */
final class FileNode extends Node {
  private final Side side;
  private final Identity identity;
  private final int type;

  /** Changed under the table's lock, read by all. */
  private volatile List<Link> links = List.of();

  /** How many names the inode has on disk, as last seen; guarded by the table. */
  private int linksOnDisk;

  private final CopyOnWriteArrayList<FileHandle> handles = new CopyOnWriteArrayList<>();
  private volatile long size;
  private volatile boolean withoutCapability;
  private volatile boolean replaced;

  FileNode(long number, long inode, Side side, Stat stat) {
    super(number, inode);
    this.side = side;
    this.identity = Identity.of(stat);
    this.type = stat.type();
    this.size = stat.size();
  }

  Side side() {
    return side;
  }

  Identity identity() {
    return identity;
  }

  /** Whether this stat is of this node's inode. */
  boolean is(Stat stat) {
    return type == stat.type() && identity.equals(Identity.of(stat));
  }

  /** Its known names; none if it was unlinked. */
  List<Link> links() {
    return links;
  }

  void setLinks(List<Link> newLinks) {
    links = newLinks;
  }

  int linksOnDisk() {
    return linksOnDisk;
  }

  void setLinksOnDisk(int count) {
    linksOnDisk = count;
  }

  /** Its open handles; the list may be changed by any thread at any time. */
  List<FileHandle> handles() {
    return handles;
  }

  /** Its size in bytes when it was last looked at; it may have changed since. */
  long size() {
    return size;
  }

  void setSize(long newSize) {
    size = newSize;
  }

  boolean isOpenForWriting() {
    for (FileHandle handle : handles) {
      if (handle.writes()) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether the inode is known to have no {@code security.capability}, which the kernel asks for at
   * every write.
   */
  boolean isWithoutCapability() {
    return withoutCapability;
  }

  void setWithoutCapability(boolean value) {
    withoutCapability = value;
  }

  /**
   * Whether another inode was put in its place below the mount. Until the kernel has heard of that,
   * it may take a name for this one.
   */
  boolean isReplaced() {
    return replaced;
  }

  void setReplaced() {
    replaced = true;
  }

  @Override
  boolean inUse() {
    return !handles.isEmpty();
  }
}
