package io.trifold.fuse.jnr;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Open files whose last known name is gone. libfuse must give a path with {@code fstat}, {@code
 * fchmod} and the like, so it does not remove an open file but renames it to {@code .fuse_hidden…}
 * until it is closed. Here the file is removed all the same, and the hidden name stands for its
 * node in this table only: nobody sees it in a directory, and nothing is left behind.
 *
 * <p>libfuse never makes the same hidden name twice, so that the name alone is the key: the
 * directories above it may be renamed.
 */
final class HiddenFiles implements AutoCloseable {
  private static final String PREFIX = ".fuse_hidden";

  private record Hidden(NodeReference file, long directory) {}

  private final ConcurrentMap<String, Hidden> files = new ConcurrentHashMap<>();

  /** Takes over a reference to the file that a hidden name shall stand for. */
  void add(String name, NodeReference file, long directory) {
    Hidden before = files.put(name, new Hidden(file, directory));
    if (before != null) {
      before.file().close();
    }
  }

  /** The file of a hidden name, for the caller to close, or null if it is none. */
  NodeReference get(String name) {
    if (!name.startsWith(PREFIX)) {
      return null;
    }
    Hidden hidden = files.get(name);
    return hidden != null && hidden.file().retain() ? hidden.file() : null;
  }

  /** The file was closed; whether the name was a hidden one. */
  boolean remove(String name) {
    Hidden hidden = name.startsWith(PREFIX) ? files.remove(name) : null;
    if (hidden == null) {
      return false;
    }
    hidden.file().close();
    return true;
  }

  /** A directory was removed: libfuse has no more paths for what was hidden in it. */
  void removeAll(long directory) {
    files.forEach(
        (name, hidden) -> {
          if (hidden.directory() == directory) {
            remove(name);
          }
        });
  }

  @Override
  public void close() {
    files.keySet().forEach(this::remove);
  }
}
