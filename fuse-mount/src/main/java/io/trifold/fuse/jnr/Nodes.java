package io.trifold.fuse.jnr;

import io.trifold.fuse.Caller;
import io.trifold.fuse.Entry;
import io.trifold.fuse.FuseOperations;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Stat;

/** Finds the nodes that paths name. */
final class Nodes implements AutoCloseable {
  private static final long CACHED_NAMES = 200_000;

  private final FuseOperations operations;
  private final NameCache names = new NameCache(CACHED_NAMES);
  private final HiddenFiles hidden = new HiddenFiles();
  private final NodeReference root;

  Nodes(FuseOperations operations) {
    this.operations = operations;
    this.root = new NodeReference(operations, FuseOperations.ROOT);
  }

  /** A node that a path was found to name, for its user to close. */
  private record Found(NodeReference reference, Entry entry, boolean cached, boolean hiddenFile)
      implements AutoCloseable {
    @Override
    public void close() {
      reference.close();
    }
  }

  /** What is done with the node at a path. */
  @FunctionalInterface
  interface OnNode<T> {
    T call(NodeReference node) throws ErrnoException;
  }

  /** What is done with a name in a directory. */
  @FunctionalInterface
  interface OnName<T> {
    T call(NodeReference directory, String name) throws ErrnoException;
  }

  /** What makes a name in a directory. */
  @FunctionalInterface
  interface Making {
    Entry call(NodeReference directory, String name) throws ErrnoException;
  }

  NameCache names() {
    return names;
  }

  HiddenFiles hidden() {
    return hidden;
  }

  /** Calls with the node at a path, held for the time of the call. */
  <T> T at(Caller caller, String path, OnNode<T> action) throws ErrnoException {
    return found(caller, path, found -> action.call(found.reference()));
  }

  /** Calls with the directory that a path is in, and the path's last component. */
  <T> T in(Caller caller, String path, OnName<T> action) throws ErrnoException {
    return at(caller, Paths.directory(path), directory -> action.call(directory, Paths.name(path)));
  }

  /** The attributes of what stands at a path. */
  Stat stat(Caller caller, String path) throws ErrnoException {
    return found(
        caller,
        path,
        found -> {
          Stat stat =
              found.entry() != null
                  ? found.entry().stat()
                  : operations.getattr(caller, found.reference().node(), 0).stat();
          // libfuse takes off the link that it believes the hidden name to be.
          return found.hiddenFile() ? stat.with(stat.inode(), stat.links() + 1) : stat;
        });
  }

  /** Makes what a path shall name. */
  void make(Caller caller, String path, Making making) throws ErrnoException {
    in(
        caller,
        path,
        (directory, name) -> {
          long ticket = names.ticket(directory.node(), name);
          Entry entry = making.call(directory, name);
          admit(directory, name, entry, ticket).close();
          return null;
        });
  }

  /** Takes over the reference of an answer, and keeps the name; the caller closes the result. */
  NodeReference admit(NodeReference directory, String name, Entry entry, long ticket) {
    NodeReference node = new NodeReference(operations, entry.node());
    names.put(directory, name, node, entry, ticket);
    return node;
  }

  /** Holds the node at a path for longer than a call: the caller closes it. */
  NodeReference hold(Caller caller, String path) throws ErrnoException {
    return at(caller, path, Nodes::retained);
  }

  private static NodeReference retained(NodeReference node) {
    if (!node.retain()) {
      throw new IllegalStateException("a node was forgotten while it was held");
    }
    return node;
  }

  private interface OnFound<T> {
    T call(Found found) throws ErrnoException;
  }

  /**
   * What the cache knows may be wrong where the files below were changed behind the filesystem's
   * back. A failure that such a name may be the cause of is looked into with a fresh walk, once.
   */
  private <T> T found(Caller caller, String path, OnFound<T> action) throws ErrnoException {
    try (Found found = walk(caller, path)) {
      try {
        return action.call(found);
      } catch (ErrnoException e) {
        if (!found.cached() || (e.errno() != Errno.ESTALE && e.errno() != Errno.ENOENT)) {
          throw e;
        }
      }
    }
    names.dropPath(path);
    try (Found found = walk(caller, path)) {
      return action.call(found);
    }
  }

  private Found walk(Caller caller, String path) throws ErrnoException {
    NodeReference unlinked = hidden.get(Paths.name(path));
    if (unlinked != null) {
      return new Found(unlinked, null, false, true);
    }
    try {
      return step(caller, path);
    } catch (ErrnoException e) {
      if (e.errno() != Errno.ESTALE) {
        throw e;
      }
    }
    names.dropPath(path);
    return step(caller, path);
  }

  private Found step(Caller caller, String path) throws ErrnoException {
    Found at = new Found(retained(root), null, false, false);
    for (String name : Paths.names(path)) {
      try (Found directory = at) {
        at = child(caller, directory.reference(), name);
      }
    }
    return at;
  }

  private Found child(Caller caller, NodeReference directory, String name) throws ErrnoException {
    NodeReference known = names.get(directory.node(), name);
    if (known != null) {
      return new Found(known, null, true, false);
    }
    long ticket = names.ticket(directory.node(), name);
    Entry entry = operations.lookup(caller, directory.node(), name);
    if (entry.node() == 0) {
      throw new ErrnoException(Errno.ENOENT, name);
    }
    return new Found(admit(directory, name, entry, ticket), entry, false, false);
  }

  /** Gives back all references. */
  @Override
  public void close() {
    hidden.close();
    names.close();
  }
}
