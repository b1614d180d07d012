package io.trifold.fuse.kernel;

import io.trifold.fuse.DirectorySink;
import io.trifold.fuse.Entry;
import io.trifold.rules.FileNames;

/**
 * Puts a directory's entries into an answer, as {@code struct fuse_dirent} or, with attributes,
 * {@code struct fuse_direntplus}.
 */
final class Dirents implements DirectorySink {
  private static final int DIRENT = 24;
  private static final int ENTRY = 128;

  /**
   * In place of the attributes of an entry that is given without: the kernel asks when it cares.
   */
  private static final Entry UNKNOWN = Entry.absent(0);

  private final Reply reply;
  private final boolean plus;
  private int room;

  /**
   * @param size the most bytes that the kernel takes
   */
  Dirents(Reply reply, int size, boolean plus) {
    this.reply = reply;
    this.plus = plus;
    this.room = Math.min(size, reply.room());
  }

  @Override
  public boolean wantsEntries() {
    return plus;
  }

  @Override
  public boolean add(String name, long inode, int type, long next) {
    return add(FileNames.encode(name), UNKNOWN, inode, type, next);
  }

  @Override
  public boolean add(String name, Entry entry, long next) {
    return add(FileNames.encode(name), entry, entry.stat().inode(), entry.stat().type(), next);
  }

  private boolean add(byte[] name, Entry entry, long inode, int type, long next) {
    int padded = name.length + 7 & ~7;
    int needed = (plus ? ENTRY : 0) + DIRENT + padded;
    if (needed > room) {
      return false;
    }
    room -= needed;
    if (plus) {
      reply.entry(entry);
    }
    reply.int64(inode);
    reply.int64(next);
    reply.int32(name.length);
    reply.int32(type >>> 12);
    reply.bytes(name);
    reply.zeros(padded - name.length);
    return true;
  }
}
