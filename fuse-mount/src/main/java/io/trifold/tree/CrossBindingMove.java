package io.trifold.tree;

import io.trifold.posix.BackingRoot;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.MemoryPool;
import io.trifold.posix.PinnedFile;
import io.trifold.posix.Posix;
import io.trifold.posix.Stat;
import io.trifold.rules.Decision;
import io.trifold.rules.FileNames;
import io.trifold.rules.Side;
import jnr.ffi.Pointer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Renames a regular file or a symlink to a name that is bound to the other side. It is copied
 * beside its target, made durable, renamed over the target, and only then removed: at any moment,
 * and after any failure, it stands whole at one of the two names.
 *
 * <p>As with {@code mv} between filesystems, who has it open keeps the old file, and the new name
 * is a new inode.
 */
final class CrossBindingMove {
  private static final Logger LOG = LoggerFactory.getLogger(CrossBindingMove.class);
  private static final int BUFFER = 256 * 1024;
  private static final MemoryPool BUFFERS = new MemoryPool(BUFFER, 4);
  private static final int ATTEMPTS = 3;

  private final Storage storage;
  private final NodeTable table;
  private final ParentDirectories parents;
  private final Removals removals;
  private final Changes changes;
  private final Notices notices;

  CrossBindingMove(
      Storage storage,
      NodeTable table,
      ParentDirectories parents,
      Removals removals,
      Changes changes,
      Notices notices) {
    this.storage = storage;
    this.table = table;
    this.parents = parents;
    this.removals = removals;
    this.changes = changes;
    this.notices = notices;
  }

  /** As one call on the shared storage: given up by its caller, it ends with its next step. */
  void run(Link source, Decision sourceDecision, Link target, Decision targetDecision, boolean keep)
      throws ErrnoException {
    boolean fromShared = sourceDecision.binding().side() == Side.SHARED;
    storage.on(
        Side.SHARED,
        fromShared ? sourceDecision : targetDecision,
        () -> move(source, sourceDecision, target, targetDecision, keep));
  }

  private Void move(
      Link source, Decision sourceDecision, Link target, Decision targetDecision, boolean keep)
      throws ErrnoException {
    Side from = sourceDecision.binding().side();
    Side to = targetDecision.binding().side();
    storage.reading(
        () -> {
          changes.admit(source.path(), sourceDecision);
          changes.admit(target.path(), targetDecision);
          return null;
        });
    try (Copy copy = openCopy(to, target.parent())) {
      Stat moved = make(from, source, to, copy);
      replace(to, copy, target, keep);
      try {
        storage.step(to, root -> copy.sync());
        removeSource(from, source, moved);
      } finally {
        forgetInKernel(target);
      }
    }
    return null;
  }

  /**
   * The copy until it has its name: a temporary one in a directory that is held, as somebody may be
   * renaming that, or what is above it.
   */
  private static final class Copy implements AutoCloseable {
    private final BackingRoot directory;
    private final String name = ReservedNames.temporary();
    private boolean stands;

    Copy(BackingRoot directory) {
      this.directory = directory;
    }

    int create() throws ErrnoException {
      int flags = Posix.O_WRONLY | Posix.O_CREAT | Posix.O_EXCL;
      int fd = directory.openFile(name, flags, 0600);
      stands = true;
      return fd;
    }

    /** The symlink itself. The caller closes it. */
    PinnedFile createSymlink(String content) throws ErrnoException {
      directory.symlink(content, name);
      stands = true;
      return directory.pin(name);
    }

    void rename(String target, int flags) throws ErrnoException {
      directory.rename(name, directory, target, flags);
      stands = false;
    }

    Void sync() throws ErrnoException {
      Posix.fsync(directory.fd());
      return null;
    }

    /** What failed first is what the caller is to hear of. */
    void discard() {
      if (stands) {
        try {
          directory.unlink(name);
          stands = false;
        } catch (ErrnoException e) {
          LOG.warn("{}: a file on its way to another binding is left: {}", name, e.getMessage());
        }
      }
    }

    @Override
    public void close() {
      discard();
      directory.close();
    }
  }

  private Copy openCopy(Side to, DirectoryNode parent) throws ErrnoException {
    return new Copy(
        parents.making(to, parent, () -> storage.step(to, root -> root.directory(parent.path()))));
  }

  /** Copies until the source did not change meanwhile; the source as it was copied. */
  private Stat make(Side from, Link source, Side to, Copy copy) throws ErrnoException {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      try (PinnedFile file = storage.step(from, root -> root.pin(source.path()))) {
        Stat before = storage.step(from, root -> file.stat());
        makeOnce(from, file, before, to, copy);
        if (isUnchanged(before, storage.step(from, root -> file.stat()))) {
          return before;
        }
      }
      copy.discard();
    }
    throw new ErrnoException(Errno.EBUSY, source.name());
  }

  private static boolean isUnchanged(Stat before, Stat after) {
    return before.size() == after.size()
        && before.modifySeconds() == after.modifySeconds()
        && before.modifyNanos() == after.modifyNanos()
        && before.changeSeconds() == after.changeSeconds()
        && before.changeNanos() == after.changeNanos();
  }

  private void makeOnce(Side from, PinnedFile source, Stat stat, Side to, Copy copy)
      throws ErrnoException {
    if (stat.isSymlink()) {
      String content = storage.step(from, root -> source.readlink());
      try (PinnedFile symlink = storage.step(to, root -> copy.createSymlink(content))) {
        storage.step(to, root -> describe(source, stat, symlink));
      }
      return;
    }
    int in = storage.step(from, root -> source.open(Posix.O_RDONLY | Posix.O_NONBLOCK));
    try {
      int out = storage.step(to, root -> copy.create());
      try {
        fill(in, source, stat, out);
      } finally {
        Posix.close(out);
      }
    } finally {
      Posix.close(in);
    }
  }

  /** One of the two files is on the shared side. */
  private void fill(int in, PinnedFile source, Stat stat, int out) throws ErrnoException {
    Pointer buffer = BUFFERS.take();
    try {
      long offset = 0;
      int n;
      do {
        long at = offset;
        n = storage.step(Side.SHARED, root -> copyPiece(in, out, at, buffer));
        offset += n;
      } while (n > 0);
    } finally {
      BUFFERS.giveBack(buffer);
    }
    storage.step(
        Side.SHARED,
        root -> {
          describe(source, stat, PinnedFile.borrow(out));
          Posix.fsync(out);
          return null;
        });
  }

  /** The bytes copied, 0 at the end. */
  private static int copyPiece(int in, int out, long offset, Pointer buffer) throws ErrnoException {
    int n = Posix.pread(in, buffer, BUFFER, offset);
    for (int done = 0; done < n; ) {
      done += Posix.pwrite(out, buffer.slice(done, n - done), n - done, offset + done);
    }
    return n;
  }

  /** Owner before mode, which it clears bits of; times last. */
  private static Void describe(PinnedFile source, Stat stat, PinnedFile copy)
      throws ErrnoException {
    copy.chown(stat.uid(), stat.gid());
    if (!stat.isSymlink()) {
      copy.chmod(stat.permissions());
    }
    copyXattrs(source, copy);
    copy.utimens(
        stat.accessSeconds(), stat.accessNanos(), stat.modifySeconds(), stat.modifyNanos());
    return null;
  }

  /** A storage that keeps no such attributes cannot be asked to; any other failure counts. */
  private static void copyXattrs(PinnedFile source, PinnedFile copy) throws ErrnoException {
    try {
      for (String name : FileNames.decode(source.listXattr()).split("\0", -1)) {
        if (!name.isEmpty()) {
          copy.setXattr(name, source.getXattr(name), 0);
        }
      }
    } catch (ErrnoException e) {
      if (e.errno() != Errno.EOPNOTSUPP) {
        throw e;
      }
    }
  }

  private void replace(Side to, Copy copy, Link target, boolean keep) throws ErrnoException {
    int flags = keep ? BackingRoot.RENAME_NOREPLACE : 0;
    onNames(
        to,
        root -> {
          takeAway(to, target, () -> copy.rename(target.name(), flags));
          return null;
        },
        target);
  }

  /**
   * Removes the source, unless it was changed since it was copied: then it is kept, and the move
   * has failed, with a copy left at the target.
   */
  private void removeSource(Side from, Link source, Stat copied) throws ErrnoException {
    OnRoot<Void> removal =
        root -> {
          Stat now = root.stat(source.path());
          if (!Identity.of(now).equals(Identity.of(copied)) || !isUnchanged(copied, now)) {
            throw new ErrnoException(Errno.EBUSY, source.name());
          }
          Node node = table.child(source.parent(), source.name());
          takeAway(from, source, () -> root.unlink(source.path()));
          if (node instanceof FileNode file) {
            // Until the kernel has heard of it, it takes the target's name for this file.
            file.setReplaced();
          }
          return null;
        };
    onNames(from, removal, source);
  }

  private void takeAway(Side side, Link link, Removals.Removal removal) throws ErrnoException {
    Runnable bookkeeping = () -> table.remove(link.parent(), link.name());
    if (side == Side.APPLICATION) {
      removals.remove(link.parent(), link.name(), removal, bookkeeping);
    } else {
      removal.run();
      bookkeeping.run();
    }
  }

  /** Changes a name on a side; on the application's exclusively, and the observer is told. */
  private void onNames(Side side, OnRoot<Void> change, Link link) throws ErrnoException {
    if (side == Side.SHARED) {
      storage.step(side, change);
      return;
    }
    storage.exclusivelyThen(
        () -> {
          Standing name = Standing.of(link);
          change.call(storage.application());
          return name;
        },
        name -> changes.changed(name.path(), name.state().file()));
  }

  /**
   * The kernel believes the moved inode to be at the new name; or, if the source could not be
   * removed, what stood there before.
   */
  private void forgetInKernel(Link target) {
    notices.sendLater(cache -> cache.invalidateEntry(target.parent().number(), target.name()));
  }
}
