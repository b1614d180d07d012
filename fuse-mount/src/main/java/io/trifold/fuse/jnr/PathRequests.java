package io.trifold.fuse.jnr;

import io.trifold.fuse.AttributeChange;
import io.trifold.fuse.Caller;
import io.trifold.fuse.Created;
import io.trifold.fuse.FuseOperations;
import io.trifold.fuse.OpenFile;
import io.trifold.fuse.jnr.OpenHandles.OpenHandle;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Stat;
import io.trifold.posix.StatFs;
import io.trifold.rules.FileNames;
import java.util.List;
import java.util.function.Supplier;
import jnr.ffi.Pointer;

/** The requests that libfuse makes with a path. The kernel has taken the umask from their modes. */
final class PathRequests {
  private static final int PERMISSIONS = 0xFFF;

  private final FuseOperations operations;
  private final Nodes nodes;
  private final OpenHandles handles;
  private final Supplier<Caller> caller;

  PathRequests(
      FuseOperations operations, Nodes nodes, OpenHandles handles, Supplier<Caller> caller) {
    this.operations = operations;
    this.nodes = nodes;
    this.handles = handles;
    this.caller = caller;
  }

  /** Makes these libfuse's callbacks. */
  void register(OperationTable table) {
    table.getattr((path, stat) -> Answer.done(() -> getattr(path, stat)));
    table.readlink((path, buffer, size) -> Answer.done(() -> readlink(path, buffer, size)));
    table.mknod((path, mode, device) -> Answer.done(() -> mknod(path, mode, device)));
    table.mkdir((path, mode) -> Answer.done(() -> mkdir(path, mode)));
    table.unlink(path -> Answer.done(() -> unlink(path)));
    table.rmdir(path -> Answer.done(() -> rmdir(path)));
    table.symlink((target, path) -> Answer.done(() -> symlink(target, path)));
    table.rename((path, newPath) -> Answer.done(() -> rename(path, newPath)));
    table.link((path, newPath) -> Answer.done(() -> link(path, newPath)));
    table.chmod((path, mode) -> Answer.done(() -> chmod(path, mode)));
    table.chown((path, uid, gid) -> Answer.done(() -> chown(path, uid, gid)));
    table.truncate((path, size) -> Answer.done(() -> truncate(path, size)));
    table.utimens((path, times) -> Answer.done(() -> utimens(path, times)));
    table.open((path, info) -> Answer.done(() -> open(path, new FileInfo(info))));
    table.create((path, mode, info) -> Answer.done(() -> create(path, mode, new FileInfo(info))));
    table.opendir((path, info) -> Answer.done(() -> opendir(path, new FileInfo(info))));
    table.statfs((path, statfs) -> Answer.done(() -> statfs(path, statfs)));
    table.setxattr(
        (path, name, value, size, flags) ->
            Answer.done(() -> setxattr(path, name, value, size, flags)));
    table.getxattr(
        (path, name, value, size) -> Answer.count(() -> getxattr(path, name, value, size)));
    table.listxattr((path, list, size) -> Answer.count(() -> listxattr(path, list, size)));
    table.removexattr((path, name) -> Answer.done(() -> removexattr(path, name)));
  }

  /** A request on an open file may come without a path; the ones here have no handle to go by. */
  private static String path(Pointer path) throws ErrnoException {
    if (path == null) {
      throw new ErrnoException(Errno.ESTALE, "a request without a path");
    }
    return Paths.read(path);
  }

  private void getattr(Pointer path, Pointer stat) throws ErrnoException {
    Structures.put(nodes.stat(caller.get(), path(path)), stat);
  }

  private void readlink(Pointer path, Pointer buffer, long size) throws ErrnoException {
    Caller who = caller.get();
    String target = nodes.at(who, path(path), node -> operations.readlink(who, node.node()));
    byte[] bytes = FileNames.encode(target);
    int length = (int) Math.min(bytes.length, size - 1);
    buffer.put(0, bytes, 0, length);
    buffer.putByte(length, (byte) 0);
  }

  private void mknod(Pointer path, int mode, long device) throws ErrnoException {
    Caller who = caller.get();
    long rdev = Device.fromNative(device);
    nodes.make(
        who, path(path), (dir, name) -> operations.mknod(who, dir.node(), name, mode, 0, rdev));
  }

  private void mkdir(Pointer path, int mode) throws ErrnoException {
    Caller who = caller.get();
    nodes.make(
        who,
        path(path),
        (dir, name) -> operations.mkdir(who, dir.node(), name, mode & PERMISSIONS, 0));
  }

  private void symlink(Pointer target, Pointer path) throws ErrnoException {
    Caller who = caller.get();
    String text = Paths.read(target);
    nodes.make(who, path(path), (dir, name) -> operations.symlink(who, dir.node(), name, text));
  }

  private void link(Pointer path, Pointer newPath) throws ErrnoException {
    Caller who = caller.get();
    String target = path(newPath);
    nodes.at(
        who,
        path(path),
        node -> {
          nodes.make(
              who, target, (dir, name) -> operations.link(who, node.node(), dir.node(), name));
          return null;
        });
  }

  private void unlink(Pointer path) throws ErrnoException {
    String text = path(path);
    if (!nodes.hidden().remove(Paths.name(text))) {
      unlink(caller.get(), text);
    }
  }

  private void unlink(Caller who, String path) throws ErrnoException {
    nodes.in(
        who,
        path,
        (dir, name) -> {
          operations.unlink(who, dir.node(), name);
          nodes.names().invalidateEntry(dir.node(), name);
          return null;
        });
  }

  private void rmdir(Pointer path) throws ErrnoException {
    Caller who = caller.get();
    String text = path(path);
    try (NodeReference directory = nodes.hold(who, text)) {
      nodes.in(
          who,
          text,
          (parent, name) -> {
            operations.rmdir(who, parent.node(), name);
            nodes.names().invalidateEntry(parent.node(), name);
            return null;
          });
      nodes.hidden().removeAll(directory.node());
    }
  }

  private void rename(Pointer from, Pointer to) throws ErrnoException {
    Caller who = caller.get();
    String path = path(from);
    String newPath = path(to);
    if (Request.is(Request.UNLINK)) {
      hide(who, path, newPath);
      unlink(who, path);
    } else if (Request.is(Request.RENAME)
        && !Request.current().newName().equals(Paths.name(newPath))) {
      // Its name is not removed: the rename that follows replaces it in one step.
      hide(who, path, newPath);
    } else {
      renameNow(who, path, newPath);
    }
  }

  private void hide(Caller who, String path, String hiddenPath) throws ErrnoException {
    long directory = nodes.at(who, Paths.directory(hiddenPath), NodeReference::node);
    nodes.hidden().add(Paths.name(hiddenPath), nodes.hold(who, path), directory);
  }

  private void renameNow(Caller who, String path, String newPath) throws ErrnoException {
    nodes.in(
        who,
        path,
        (dir, name) ->
            nodes.in(
                who,
                newPath,
                (newDir, newName) -> {
                  operations.rename(who, dir.node(), name, newDir.node(), newName, 0);
                  nodes.names().invalidateEntry(dir.node(), name);
                  nodes.names().invalidateEntry(newDir.node(), newName);
                  return null;
                }));
  }

  private void chmod(Pointer path, int mode) throws ErrnoException {
    change(path, Changes.mode(mode & PERMISSIONS));
  }

  private void chown(Pointer path, int uid, int gid) throws ErrnoException {
    change(path, Changes.owner(uid, gid));
  }

  private void truncate(Pointer path, long size) throws ErrnoException {
    change(path, Changes.size(size));
  }

  private void utimens(Pointer path, Pointer times) throws ErrnoException {
    change(
        path,
        Changes.times(times.getLong(0), times.getLong(8), times.getLong(16), times.getLong(24)));
  }

  private void change(Pointer path, AttributeChange change) throws ErrnoException {
    Caller who = caller.get();
    nodes.at(who, path(path), node -> operations.setattr(who, node.node(), change));
  }

  private void open(Pointer path, FileInfo info) throws ErrnoException {
    Caller who = caller.get();
    String text = path(path);
    long libfuseNode = Request.current().libfuseNode();
    nodes.at(
        who,
        text,
        node -> {
          OpenFile file = operations.open(who, node.node(), info.flags());
          if (file.caching() == OpenFile.Caching.NONE
              || otherFileIsOpen(who, libfuseNode, node.node(), file.handle())) {
            info.direct();
          }
          add(node, file, libfuseNode, info);
          return null;
        });
  }

  /**
   * Whether the name's earlier file is still open. To libfuse a node is a name: a file that was put
   * in the place of another behind the mount's back is the same node, and would share the kernel's
   * cache with it, so that each would be read with pieces of the other.
   */
  private boolean otherFileIsOpen(Caller who, long libfuseNode, long node, long handle) {
    List<OpenHandle> others = handles.of(libfuseNode);
    if (others.isEmpty()) {
      return false;
    }
    try {
      Stat mine = operations.getattr(who, node, handle).stat();
      for (OpenHandle other : others) {
        Stat its = operations.getattr(who, other.node(), other.handle()).stat();
        if (its.inode() != mine.inode() || its.device() != mine.device()) {
          return true;
        }
      }
      return false;
    } catch (ErrnoException e) {
      // One was closed meanwhile, or cannot say: not to share is right in any case.
      return true;
    }
  }

  private void create(Pointer path, int mode, FileInfo info) throws ErrnoException {
    Caller who = caller.get();
    nodes.in(
        who,
        path(path),
        (dir, name) -> {
          long ticket = nodes.names().ticket(dir.node(), name);
          Created created =
              operations.create(who, dir.node(), name, mode & PERMISSIONS, 0, info.flags());
          try (NodeReference node = nodes.admit(dir, name, created.entry(), ticket)) {
            if (created.file().caching() == OpenFile.Caching.NONE) {
              info.direct();
            }
            add(node, created.file(), 0, info);
          }
          return null;
        });
  }

  private void add(NodeReference node, OpenFile file, long libfuseNode, FileInfo info) {
    node.retain();
    info.handle(handles.add(new OpenHandle(node, file.handle(), libfuseNode)));
  }

  private void opendir(Pointer path, FileInfo info) throws ErrnoException {
    Caller who = caller.get();
    nodes.at(
        who,
        path(path),
        node -> {
          node.retain();
          info.handle(handles.add(OpenHandle.ofDirectory(node)));
          return null;
        });
  }

  private void statfs(Pointer path, Pointer statfs) throws ErrnoException {
    Caller who = caller.get();
    StatFs answer = nodes.at(who, path(path), node -> operations.statfs(who, node.node()));
    Structures.put(answer, statfs);
  }

  private void setxattr(Pointer path, Pointer name, Pointer value, long size, int flags)
      throws ErrnoException {
    Caller who = caller.get();
    byte[] bytes = new byte[(int) size];
    if (size > 0) {
      value.get(0, bytes, 0, bytes.length);
    }
    nodes.at(
        who,
        path(path),
        node -> {
          operations.setxattr(who, node.node(), Paths.read(name), bytes, flags);
          return null;
        });
  }

  private int getxattr(Pointer path, Pointer name, Pointer value, long size) throws ErrnoException {
    Caller who = caller.get();
    return give(
        nodes.at(who, path(path), n -> operations.getxattr(who, n.node(), Paths.read(name))),
        value,
        size);
  }

  private int listxattr(Pointer path, Pointer list, long size) throws ErrnoException {
    Caller who = caller.get();
    return give(
        nodes.at(who, path(path), node -> operations.listxattr(who, node.node())), list, size);
  }

  /** A size of 0 asks for the size. */
  private static int give(byte[] bytes, Pointer memory, long size) throws ErrnoException {
    if (size > 0) {
      if (bytes.length > size) {
        throw new ErrnoException(Errno.ERANGE, "xattr");
      }
      memory.put(0, bytes, 0, bytes.length);
    }
    return bytes.length;
  }

  private void removexattr(Pointer path, Pointer name) throws ErrnoException {
    Caller who = caller.get();
    nodes.at(
        who,
        path(path),
        node -> {
          operations.removexattr(who, node.node(), Paths.read(name));
          return null;
        });
  }
}
