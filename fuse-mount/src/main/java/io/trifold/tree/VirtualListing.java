package io.trifold.tree;

import io.trifold.fuse.DirectorySink;
import io.trifold.posix.Stat;
import java.util.List;

/** The virtual directory while it is being read; an offset is a place in the list. */
record VirtualListing(List<MergedDirectory.Listed> entries) implements OpenDirectory {
  @Override
  public void read(long offset, DirectorySink sink) {
    for (long at = Math.max(0, offset); at < entries.size(); at++) {
      MergedDirectory.Listed entry = entries.get((int) at);
      if (!sink.add(entry.name(), entry.inode(), entry.type(), at + 1)) {
        return;
      }
    }
  }

  @Override
  public void sync() {
    // there is nothing to keep
  }

  @Override
  public void close() {
    // it holds nothing
  }

  /** An entry of it. */
  static MergedDirectory.Listed directory(String name, long inode) {
    return new MergedDirectory.Listed(name, inode, Stat.S_IFDIR);
  }
}
