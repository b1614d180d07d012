package io.trifold.tree;

import io.trifold.fuse.Attributes;
import io.trifold.fuse.DirectorySink;
import io.trifold.fuse.Entry;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import io.trifold.posix.Stat;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * {@code /.trifold}: a directory that stands on no disk. Its nodes have numbers of their own, which
 * are never forgotten: they are few. As those of {@code /proc}, its files have size 0 and are read
 * to their end.
 */
final class VirtualDirectory {
  /** Above all numbers of real nodes. */
  private static final long FIRST = 1L << 62;

  private static final int FILE_MODE = Stat.S_IFREG | 0444;
  private static final int DIRECTORY_MODE = Stat.S_IFDIR | 0555;

  private final VirtualFiles files;
  private final DirectoryNode root;
  private final Map<String, Long> numbers = new ConcurrentHashMap<>();
  private final Map<Long, String> names = new ConcurrentHashMap<>();
  private final AtomicLong last = new AtomicLong(FIRST);
  private final Instant since = Instant.now();

  VirtualDirectory(VirtualFiles files, DirectoryNode root) {
    this.files = files;
    this.root = root;
  }

  /** Whether a node is one of this directory's. */
  static boolean owns(long node) {
    return node >= FIRST;
  }

  /** Whether a name in a directory is that of the virtual one. */
  static boolean isAt(DirectoryNode parent, String name) {
    return parent.isRoot() && name.equals(ReservedNames.TRIFOLD);
  }

  Entry entry() {
    return new Entry(FIRST, 0, stat(FIRST), Entry.UNLIMITED, Entry.UNLIMITED);
  }

  Entry lookup(long parent, String name) throws ErrnoException {
    requireDirectory(parent);
    if (!files.names().contains(name)) {
      return Entry.absent(0);
    }
    long number = number(name);
    return new Entry(number, 0, stat(number), 0, Entry.UNLIMITED);
  }

  Attributes attributes(long node) {
    return new Attributes(stat(node), Entry.UNLIMITED);
  }

  VirtualFile open(long node, int flags) throws ErrnoException {
    String name = names.get(node);
    if (name == null) {
      throw new ErrnoException(node == FIRST ? Errno.EISDIR : Errno.ESTALE, "virtual file");
    }
    if ((flags & Posix.O_ACCMODE) != Posix.O_RDONLY || (flags & Posix.O_TRUNC) != 0) {
      throw new ErrnoException(Errno.EACCES, name);
    }
    return new VirtualFile(files.read(name));
  }

  /** An offset is a place in the list. */
  void read(long node, long offset, DirectorySink sink) throws ErrnoException {
    requireDirectory(node);
    List<MergedDirectory.Listed> entries = new ArrayList<>();
    entries.add(new MergedDirectory.Listed(".", inode(FIRST), Stat.S_IFDIR));
    entries.add(new MergedDirectory.Listed("..", root.inode(), Stat.S_IFDIR));
    for (String name : new TreeSet<>(files.names())) {
      entries.add(new MergedDirectory.Listed(name, inode(number(name)), Stat.S_IFREG));
    }
    for (long at = Math.max(0, offset); at < entries.size(); at++) {
      MergedDirectory.Listed entry = entries.get((int) at);
      if (!sink.add(entry.name(), entry.inode(), entry.type(), at + 1)) {
        return;
      }
    }
  }

  /** What all requests that would change something are answered. */
  static ErrnoException refusal() {
    return new ErrnoException(Errno.EPERM, ReservedNames.TRIFOLD);
  }

  private static void requireDirectory(long node) throws ErrnoException {
    if (node != FIRST) {
      throw new ErrnoException(Errno.ENOTDIR, "virtual file");
    }
  }

  private long number(String name) {
    return numbers.computeIfAbsent(
        name,
        n -> {
          long number = last.incrementAndGet();
          names.put(number, n);
          return number;
        });
  }

  private static long inode(long node) {
    return InodeNumbers.VIRTUAL | (node - FIRST + 1);
  }

  private Stat stat(long node) {
    boolean directory = node == FIRST;
    long seconds = since.getEpochSecond();
    int nanos = since.getNano();
    return new Stat(
        0,
        inode(node),
        directory ? DIRECTORY_MODE : FILE_MODE,
        1,
        0,
        0,
        0,
        0,
        0,
        4096,
        seconds,
        nanos,
        seconds,
        nanos,
        seconds,
        nanos,
        seconds,
        nanos);
  }
}
