package io.trifold.tree;

import io.trifold.fuse.DirectorySink;
import io.trifold.fuse.Entry;
import io.trifold.posix.DirectoryReader;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import io.trifold.posix.Stat;
import io.trifold.rules.Side;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a directory of the application's side as the disk has it. Offsets are those of the disk,
 * and so as stable under change.
 */
final class StreamedDirectory implements DirectoryStream {
  private final DirectoryNode directory;
  private final DirectoryReader reader;
  private final Storage storage;
  private final NodeTable table;
  private final Resolver resolver;
  private final InodeNumbers inodes;
  private final ReadAhead readAhead;
  private final long device;

  /** The directories in it, as long as it is read from its beginning. */
  private final List<String> inner = new ArrayList<>();

  private boolean fromBeginning = true;

  /** From where the reader would go on; if {@link #pending}, after its current entry. */
  private long position;

  /** Whether the current entry was not taken: it comes first if the reading goes on there. */
  private boolean pending;

  private long pendingAt;

  /** Whether there is nothing after {@link #position}. */
  private boolean atEnd;

  /** Takes over the reader. */
  StreamedDirectory(
      DirectoryNode directory,
      DirectoryReader reader,
      Storage storage,
      NodeTable table,
      Resolver resolver,
      InodeNumbers inodes,
      ReadAhead readAhead)
      throws ErrnoException {
    this.directory = directory;
    this.reader = reader;
    this.storage = storage;
    this.table = table;
    this.resolver = resolver;
    this.inodes = inodes;
    this.readAhead = readAhead;
    this.device = Posix.stat(reader.fd()).device();
  }

  @Override
  public boolean read(long offset, DirectorySink sink) throws ErrnoException {
    return !(atEnd && offset == position)
        && storage.on(
            Side.APPLICATION, directory.state().directory(), () -> readFrom(offset, sink));
  }

  private boolean readFrom(long offset, DirectorySink sink) throws ErrnoException {
    seek(offset);
    boolean given = false;
    while (advance()) {
      if (!ReservedNames.hides(directory, reader.name())) {
        if (!give(sink)) {
          pending = true;
          return given;
        }
        given = true;
        if (fromBeginning && reader.type() == Stat.S_IFDIR && !reader.isDots()) {
          remember(reader.name());
        }
      }
      position = reader.position();
    }
    atEnd = true;
    if (fromBeginning) {
      readAhead.listed(directory, inner);
      fromBeginning = false;
    }
    return given;
  }

  private void remember(String name) {
    if (inner.size() < WalkCourse.NAMES) {
      inner.add(name);
    }
  }

  private void seek(long offset) throws ErrnoException {
    if (pending && offset == pendingAt) {
      return;
    }
    pending = false;
    atEnd = false;
    if (offset != position || offset == 0) {
      fromBeginning &= position == 0;
      reader.seek(offset);
      position = offset;
    }
  }

  private boolean advance() throws ErrnoException {
    if (pending) {
      pending = false;
      return true;
    }
    pendingAt = position;
    return reader.nextOrDots();
  }

  private boolean give(DirectorySink sink) throws ErrnoException {
    String name = reader.name();
    if (sink.wantsEntries() && !reader.isDots()) {
      return giveEntry(sink, name);
    }
    return sink.add(name, inode(name), reader.type(), reader.position());
  }

  private long inode(String name) {
    if (name.equals(".")) {
      return directory.inode();
    }
    if (name.equals("..")) {
      Link link = directory.link();
      return link == null ? directory.inode() : link.parent().inode();
    }
    return inodes.of(device, reader.inode());
  }

  private boolean giveEntry(DirectorySink sink, String name) throws ErrnoException {
    Entry entry = storage.reading(() -> lookup(name));
    if (entry == null) {
      return true;
    }
    if (sink.add(name, entry, reader.position())) {
      return true;
    }
    table.forget(entry.node(), 1);
    return false;
  }

  /** {@code null} if the entry is gone meanwhile. */
  private Entry lookup(String name) throws ErrnoException {
    try {
      Stat stat = reader.stat();
      return resolver.entry(
          directory, name, Found.of(Side.APPLICATION, directory.state().step(name), stat));
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ENOENT) {
        return null;
      }
      throw e;
    }
  }

  @Override
  public void close() {
    reader.close();
  }
}
