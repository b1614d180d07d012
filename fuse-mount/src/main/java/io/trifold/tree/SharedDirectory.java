package io.trifold.tree;

import io.trifold.fuse.DirectorySink;
import io.trifold.fuse.Entry;
import io.trifold.posix.BackingRoot;
import io.trifold.posix.DirectoryReader;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import io.trifold.posix.Stat;
import io.trifold.rules.Side;
import io.trifold.shared.Held;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Reads a directory of the shared side as the disk has it, with the disk's offsets. A call reads
 * some entries ahead, and they are given to the kernel when it is back in time; a reader whose call
 * is not is left to it, and another one goes on from the same offset.
 */
final class SharedDirectory implements DirectoryStream {
  private static final int BATCH = 128;

  /** What was read ahead is given only while it is that fresh. */
  private static final long FRESH_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /**
   * An entry as it was read; {@code stat} only where it was wanted, and the entry is still there.
   */
  private record Item(String name, long device, long inode, int type, long next, Stat stat) {}

  /** What a call brought, and the reader that it opened if there was none. */
  private record Batch(Held<DirectoryReader> opened, List<Item> items) {}

  private final DirectoryNode directory;
  private final Storage storage;
  private final NodeTable table;
  private final Resolver resolver;
  private final InodeNumbers inodes;

  /** {@code null} before the first call, and if it was left to one. */
  private Held<DirectoryReader> reader;

  private final Deque<Item> ahead = new ArrayDeque<>();
  private boolean aheadWithStats;
  private long aheadSince;

  /** The offset of the first entry that is read ahead, or else of what comes next. */
  private long position;

  /** Where the reader itself stands. */
  private long readerAt;

  SharedDirectory(
      DirectoryNode directory,
      Storage storage,
      NodeTable table,
      Resolver resolver,
      InodeNumbers inodes) {
    this.directory = directory;
    this.storage = storage;
    this.table = table;
    this.resolver = resolver;
    this.inodes = inodes;
  }

  @Override
  public boolean read(long offset, DirectorySink sink) throws ErrnoException {
    boolean stats = sink.wantsEntries();
    boolean goesOn = offset == position && offset != 0 && aheadWithStats == stats;
    if (!goesOn || System.nanoTime() - aheadSince > FRESH_NANOS) {
      ahead.clear();
      position = offset;
    }
    boolean given = false;
    while (!ahead.isEmpty() || fill(stats)) {
      Item item = ahead.peek();
      if (!ReservedNames.hides(directory, item.name())) {
        if (!give(item, sink)) {
          return given;
        }
        given = true;
      }
      ahead.remove();
      position = item.next();
    }
    return given;
  }

  /** Reads ahead; false at the end. */
  private boolean fill(boolean stats) throws ErrnoException {
    Held<DirectoryReader> known = reader;
    long from = position;
    boolean seeks = known == null || from != readerAt || from == 0;
    try {
      Batch batch =
          storage.in(
              Side.SHARED,
              directory.state().directory(),
              root -> known == null ? open(root, from, stats) : read(known, seeks, from, stats),
              SharedDirectory::discard);
      reader = known == null ? batch.opened() : known;
      ahead.addAll(batch.items());
    } catch (ErrnoException e) {
      close();
      throw e;
    }
    aheadWithStats = stats;
    aheadSince = System.nanoTime();
    readerAt = ahead.isEmpty() ? -1 : ahead.getLast().next();
    return !ahead.isEmpty();
  }

  private static void discard(Batch late) {
    if (late.opened() != null) {
      late.opened().release();
    }
  }

  private Batch open(BackingRoot root, long from, boolean stats) throws ErrnoException {
    DirectoryReader opened = root.openDirectory(directory.path());
    try {
      return new Batch(new Held<>(opened, DirectoryReader::close), read(opened, true, from, stats));
    } catch (ErrnoException e) {
      opened.close();
      throw e;
    }
  }

  private static Batch read(Held<DirectoryReader> known, boolean seeks, long from, boolean stats)
      throws ErrnoException {
    if (!known.acquire()) {
      throw new ErrnoException(Errno.EBADF, "a directory that was closed");
    }
    try {
      return new Batch(null, read(known.get(), seeks, from, stats));
    } finally {
      known.release();
    }
  }

  private static List<Item> read(DirectoryReader reader, boolean seeks, long from, boolean stats)
      throws ErrnoException {
    List<Item> items = new ArrayList<>(BATCH);
    long device = Posix.stat(reader.fd()).device();
    if (seeks) {
      reader.seek(from);
    }
    while (items.size() < BATCH && reader.nextOrDots()) {
      Stat stat = stats && !reader.isDots() ? statIfThere(reader) : null;
      items.add(
          new Item(reader.name(), device, reader.inode(), reader.type(), reader.position(), stat));
    }
    return items;
  }

  private static Stat statIfThere(DirectoryReader reader) throws ErrnoException {
    try {
      return reader.stat();
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ENOENT) {
        return null;
      }
      throw e;
    }
  }

  private boolean give(Item item, DirectorySink sink) {
    if (sink.wantsEntries() && !isDots(item)) {
      return item.stat() == null || giveEntry(item, sink);
    }
    return sink.add(item.name(), inode(item), item.type(), item.next());
  }

  private static boolean isDots(Item item) {
    return item.name().equals(".") || item.name().equals("..");
  }

  private long inode(Item item) {
    if (item.name().equals(".")) {
      return directory.inode();
    }
    if (item.name().equals("..")) {
      Link link = directory.link();
      return link == null ? directory.inode() : link.parent().inode();
    }
    return inodes.of(item.device(), item.inode());
  }

  private boolean giveEntry(Item item, DirectorySink sink) {
    Found found = new Found(directory.state().step(item.name()), null, item.stat());
    Entry entry = resolver.entry(directory, item.name(), found);
    if (sink.add(item.name(), entry, item.next())) {
      return true;
    }
    table.forget(entry.node(), 1);
    return false;
  }

  @Override
  public void close() {
    if (reader != null) {
      reader.release();
      reader = null;
    }
  }
}
