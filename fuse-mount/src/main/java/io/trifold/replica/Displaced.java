package io.trifold.replica;

import io.trifold.posix.ErrnoException;
import io.trifold.posix.Stat;
import java.util.Arrays;

/**
 * Where local files are kept that had to give way to the log's version when the host joined: a
 * directory of its own in the mount's state, for the daemon's user alone, in it one for each time,
 * in it the files under their paths.
 */
final class Displaced {
  private static final int BUFFER = 1 << 20;

  private final Disk from;
  private final Disk to;
  private final String when;

  /**
   * @param to the directory for all that is displaced
   * @param when names the directory in it for what is displaced now
   */
  Displaced(Disk from, Disk to, String when) {
    this.from = from;
    this.to = to;
    this.when = when;
  }

  /** Keeps a durable copy of a file or symlink; of a directory, there is nothing to keep. */
  boolean keep(String path, Stat found) throws ErrnoException {
    if (found.isDirectory()) {
      return false;
    }
    String copy = PathNames.child(when, path);
    makeDirectories(PathNames.parent(copy));
    if (to.look(copy).isPresent()) {
      to.unlink(copy);
    }
    if (found.isSymlink()) {
      to.symlink(from.readlink(path), copy);
    } else {
      copyContent(path, copy);
      to.sync(copy);
    }
    to.sync(PathNames.parent(copy));
    return true;
  }

  private void makeDirectories(String directory) throws ErrnoException {
    if (!directory.isEmpty() && to.look(directory).isEmpty()) {
      makeDirectories(PathNames.parent(directory));
      to.mkdir(directory);
    }
  }

  private void copyContent(String path, String copy) throws ErrnoException {
    byte[] buffer = new byte[BUFFER];
    try (Disk.Source source = from.read(path);
        Disk.Sink sink = to.write(copy)) {
      long offset = 0;
      int length;
      do {
        length = source.read(offset, buffer, buffer.length);
        sink.write(Arrays.copyOf(buffer, length));
        offset += length;
      } while (length == buffer.length);
      sink.finish();
    }
  }

  /** Where it is, for a message. */
  @Override
  public String toString() {
    return "displaced/" + when;
  }
}
