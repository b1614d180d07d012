package io.trifold.tree;

import io.trifold.fuse.AttributeChange;
import io.trifold.fuse.Attributes;
import io.trifold.fuse.Caller;
import io.trifold.fuse.DirectorySink;
import io.trifold.fuse.Entry;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import io.trifold.posix.Stat;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * {@code /.trifold} and all below it: directories and files that stand on no disk. As those of
 * {@code /proc}, its files have size 0 and are read to their end.
 */
final class VirtualDirectory {
  private static final int TIMES =
      AttributeChange.ATIME
          | AttributeChange.MTIME
          | AttributeChange.ATIME_NOW
          | AttributeChange.MTIME_NOW;

  private static final int DIRECTORY_PERMISSIONS = 0555;
  private static final int WRITABLE = 0222;

  private final DirectoryNode root;
  private final VirtualPlaces places;
  private final Instant since = Instant.now();

  VirtualDirectory(VirtualFiles files, DirectoryNode root, Notices notices) {
    this.root = root;
    this.places = new VirtualPlaces(files.directory(), notices);
  }

  /** Whether a node is one of this directory's. */
  static boolean owns(long node) {
    return VirtualPlaces.owns(node);
  }

  /** Whether a name in a directory is that of the virtual one. */
  static boolean isAt(DirectoryNode parent, String name) {
    return parent.isRoot() && name.equals(ReservedNames.TRIFOLD);
  }

  Entry entry() {
    VirtualPlaces.Place top = places.top();
    return new Entry(top.number(), 0, stat(top), Entry.UNLIMITED, Entry.UNLIMITED);
  }

  /** Whether it may take long to open the file or to close it. */
  boolean mayWait(long node) {
    return places
        .find(node)
        .filter(p -> p.node() instanceof VirtualNode.File f && f.mayWait())
        .isPresent();
  }

  Entry lookup(long parent, String name) throws ErrnoException {
    VirtualPlaces.Place at = places.get(parent);
    VirtualNode.Directory directory = directory(at);
    Optional<VirtualNode> found = directory.find(name);
    if (found.isEmpty()) {
      return Entry.absent(0);
    }
    VirtualPlaces.Place place =
        directory.names().contains(name)
            ? places.listed(at, name, found.get())
            : places.unlisted(at, name, found.get());
    return new Entry(place.number(), 0, stat(place), 0, 0);
  }

  void forget(long node, long count) {
    places.forget(node, count);
  }

  Attributes attributes(long node) throws ErrnoException {
    return new Attributes(stat(places.get(node)), 0);
  }

  /** Before a file is written, it is truncated: nothing is to be done for that, or for times. */
  Attributes change(long node, AttributeChange change) throws ErrnoException {
    VirtualPlaces.Place place = places.get(node);
    int others = change.valid() & ~(AttributeChange.SIZE | AttributeChange.HANDLE | TIMES);
    if (others != 0 || !isWritable(place) || !change.has(AttributeChange.SIZE)) {
      throw refusal();
    }
    return new Attributes(stat(place), 0);
  }

  private static boolean isWritable(VirtualPlaces.Place place) {
    return place.node() instanceof VirtualNode.File file
        && (file.access().permissions() & WRITABLE) != 0;
  }

  VirtualHandle open(Caller caller, long node, int flags) throws ErrnoException {
    VirtualPlaces.Place place = places.get(node);
    if (!(place.node() instanceof VirtualNode.File file)) {
      throw new ErrnoException(Errno.EISDIR, place.name());
    }
    int mode = flags & Posix.O_ACCMODE;
    // The kernel lets root do what the permissions do not.
    if ((mode != Posix.O_RDONLY || (flags & Posix.O_TRUNC) != 0) && !isWritable(place)) {
      throw new ErrnoException(Errno.EACCES, place.name());
    }
    return new VirtualHandle(file, mode == Posix.O_WRONLY ? new byte[0] : file.read(caller));
  }

  /** An offset is a place in the list. */
  void read(long node, long offset, DirectorySink sink) throws ErrnoException {
    VirtualPlaces.Place at = places.get(node);
    VirtualNode.Directory directory = directory(at);
    List<MergedDirectory.Listed> entries = new ArrayList<>();
    entries.add(new MergedDirectory.Listed(".", at.inode(), Stat.S_IFDIR));
    long above = at.parent().map(VirtualPlaces.Place::inode).orElse(root.inode());
    entries.add(new MergedDirectory.Listed("..", above, Stat.S_IFDIR));
    for (String name : new TreeSet<>(directory.names())) {
      Optional<VirtualNode> found = directory.find(name);
      if (found.isPresent()) {
        VirtualPlaces.Place place = places.listed(at, name, found.get());
        entries.add(new MergedDirectory.Listed(name, place.inode(), type(place)));
      }
    }
    for (long i = Math.max(0, offset); i < entries.size(); i++) {
      MergedDirectory.Listed entry = entries.get((int) i);
      if (!sink.add(entry.name(), entry.inode(), entry.type(), i + 1)) {
        return;
      }
    }
  }

  /** What all requests that would change something are answered. */
  static ErrnoException refusal() {
    return new ErrnoException(Errno.EPERM, ReservedNames.TRIFOLD);
  }

  private static VirtualNode.Directory directory(VirtualPlaces.Place place) throws ErrnoException {
    if (place.node() instanceof VirtualNode.Directory directory) {
      return directory;
    }
    throw new ErrnoException(Errno.ENOTDIR, place.name());
  }

  private static int type(VirtualPlaces.Place place) {
    return place.node() instanceof VirtualNode.Directory ? Stat.S_IFDIR : Stat.S_IFREG;
  }

  private Stat stat(VirtualPlaces.Place place) {
    VirtualNode.Access access =
        place.node() instanceof VirtualNode.File file
            ? file.access()
            : new VirtualNode.Access(0, 0, DIRECTORY_PERMISSIONS);
    long seconds = since.getEpochSecond();
    int nanos = since.getNano();
    return new Stat(
        0,
        place.inode(),
        type(place) | access.permissions(),
        1,
        access.uid(),
        access.gid(),
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
