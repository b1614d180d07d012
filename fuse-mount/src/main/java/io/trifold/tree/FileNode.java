package io.trifold.tree;

import io.trifold.posix.ErrnoException;
import io.trifold.posix.Stat;
import io.trifold.rules.Side;
import java.util.ArrayList;
import java.util.List;

/** Anything but a directory: one inode of one side, under all of its names that were looked up. */
final class FileNode extends Node {
  private final Side side;
  private final int type;

  /** The parts of its {@link Identity}. */
  private final long device;

  private final long inodeOnDisk;
  private final long birthSeconds;
  private final int birthNanos;

  /**
   * A {@code List<Link>}, or the one {@link Link} that most files have, and that needs no list.
   * Changed under the table's lock, read by all.
   */
  private volatile Object links = List.of();

  /** How many names the inode has on disk, as last seen; guarded by the table. */
  private int linksOnDisk;

  /** Changed under this node's lock, read by all. */
  private volatile List<FileHandle> handles = List.of();

  private volatile long size;
  private volatile boolean withoutCapability;
  private volatile boolean replaced;

  FileNode(long number, long inode, Side side, Stat stat) {
    super(number, inode);
    this.side = side;
    this.type = stat.type();
    this.device = stat.device();
    this.inodeOnDisk = stat.inode();
    this.birthSeconds = stat.birthSeconds();
    this.birthNanos = stat.birthNanos();
    this.size = stat.size();
  }

  Side side() {
    return side;
  }

  /** Whether this stat is of this node's inode; see {@link Identity}. */
  boolean is(Stat stat) {
    return type == stat.type()
        && inodeOnDisk == stat.inode()
        && device == stat.device()
        && birthSeconds == stat.birthSeconds()
        && birthNanos == stat.birthNanos();
  }

  Identity identity() {
    return new Identity(device, inodeOnDisk, birthSeconds, birthNanos);
  }

  int hash() {
    return hash(device, inodeOnDisk);
  }

  /** The {@link #hash()} of the node of an inode; never 0. */
  static int hash(Stat stat) {
    return hash(stat.device(), stat.inode());
  }

  private static int hash(long device, long inode) {
    long mixed = (inode * 31 + device) * 0x9e3779b97f4a7c15L;
    int hash = (int) (mixed >>> 32);
    return hash == 0 ? 1 : hash;
  }

  /** Its known names; none if it was unlinked. */
  @SuppressWarnings("unchecked")
  List<Link> links() {
    Object now = links;
    return now instanceof Link one ? List.of(one) : (List<Link>) now;
  }

  void setLinks(List<Link> newLinks) {
    links = newLinks.size() == 1 ? newLinks.get(0) : List.copyOf(newLinks);
  }

  int linksOnDisk() {
    return linksOnDisk;
  }

  void setLinksOnDisk(int count) {
    linksOnDisk = count;
  }

  /** Its open handles at this moment. */
  List<FileHandle> handles() {
    return handles;
  }

  synchronized void addHandle(FileHandle handle) {
    List<FileHandle> more = new ArrayList<>(handles);
    more.add(handle);
    handles = List.copyOf(more);
  }

  synchronized void removeHandle(FileHandle handle) {
    List<FileHandle> fewer = new ArrayList<>(handles);
    fewer.remove(handle);
    handles = List.copyOf(fewer);
  }

  /** Its size in bytes when it was last looked at; it may have changed since. */
  long size() {
    return size;
  }

  void setSize(long newSize) {
    size = newSize;
  }

  /** Changes the content otherwise than the writers of a log do, who all share one file. */
  void changeContent(LogWriter.Change change) throws ErrnoException {
    for (FileHandle handle : handles) {
      if (handle.log() != null) {
        handle.log().change(change);
        return;
      }
    }
    change.make();
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
