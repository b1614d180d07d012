package io.trifold.daemon;

import io.trifold.posix.BackingRoot;
import io.trifold.posix.DirectoryReader;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Stat;
import io.trifold.rules.FileNames;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Looks whether POSIX ACLs are in use below a root: there, and two levels down. Who sets them does
 * so for the directories that a web server is to write to, and for all below them.
 */
final class AclSearch {
  private static final int LEVELS = 2;

  /** So that a mount waits for it no longer than some milliseconds. */
  private static final int MOST = 2_000;

  private static final String ACL = "system.posix_acl_";

  private record Place(String path, int level) {}

  private final BackingRoot root;
  private int looked;

  private AclSearch(BackingRoot root) {
    this.root = root;
  }

  static boolean findsAny(BackingRoot root) throws ErrnoException {
    return new AclSearch(root).run();
  }

  private boolean run() throws ErrnoException {
    if (hasAcl("")) {
      return true;
    }
    Deque<Place> directories = new ArrayDeque<>();
    directories.add(new Place("", 0));
    while (!directories.isEmpty()) {
      Place place = directories.remove();
      try (DirectoryReader entries = root.openDirectory(place.path())) {
        while (looked < MOST && entries.next()) {
          String path =
              place.path().isEmpty() ? entries.name() : place.path() + "/" + entries.name();
          if (hasAcl(path)) {
            return true;
          }
          if (entries.type() == Stat.S_IFDIR && place.level() + 1 < LEVELS) {
            directories.add(new Place(path, place.level() + 1));
          }
        }
      }
    }
    return false;
  }

  private boolean hasAcl(String path) throws ErrnoException {
    looked++;
    try {
      return FileNames.decode(root.listXattr(path)).contains(ACL);
    } catch (ErrnoException e) {
      // A filesystem without them, or what has just gone.
      if (e.errno() == Errno.EOPNOTSUPP || e.errno() == Errno.ENOENT) {
        return false;
      }
      throw e;
    }
  }
}
