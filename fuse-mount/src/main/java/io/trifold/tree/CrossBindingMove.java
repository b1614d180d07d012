package io.trifold.tree;

import io.trifold.posix.BackingRoot;
import io.trifold.posix.DirectoryReader;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.MemoryPool;
import io.trifold.posix.PinnedFile;
import io.trifold.posix.Posix;
import io.trifold.posix.Stat;
import io.trifold.rules.Decision;
import io.trifold.rules.FileNames;
import io.trifold.rules.Side;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import jnr.ffi.Pointer;

/**
 * Renames a regular file or a symlink to a name that is bound to the other side. It is copied
 * beside its target, made durable, renamed over the target, and only then removed: at any moment,
 * and after any failure, it stands whole at one of the two names.
 *
 * <p>As with {@code mv} between filesystems, who has it open keeps the old file, and the new name
 * is a new inode.
 */
final class CrossBindingMove {
  private static final int BUFFER = 256 * 1024;
  private static final MemoryPool BUFFERS = new MemoryPool(BUFFER, 4);
  private static final int ATTEMPTS = 3;

  /** With a pause that doubles from 1 ms: a quarter of a second in all. */
  private static final int DISCARD_ATTEMPTS = 8;

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
    Link temporary = new Link(target.parent(), ReservedNames.temporary());
    Stat moved = copy(from, source, to, temporary);
    try {
      replace(to, temporary, target, targetDecision, keep);
    } catch (ErrnoException e) {
      discard(to, temporary);
      throw e;
    }
    try {
      syncParent(to, target);
      removeSource(from, source, sourceDecision, moved);
    } finally {
      forgetInKernel(target);
    }
    return null;
  }

  /** Copies until the source did not change meanwhile; the source as it was copied. */
  private Stat copy(Side from, Link source, Side to, Link temporary) throws ErrnoException {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      try (PinnedFile file = storage.step(from, root -> root.pin(source.path()))) {
        Stat before = storage.step(from, root -> file.stat());
        copyOnce(from, file, before, to, temporary);
        if (isUnchanged(before, storage.step(from, root -> file.stat()))) {
          return before;
        }
      }
      discard(to, temporary);
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

  private void copyOnce(Side from, PinnedFile source, Stat stat, Side to, Link temporary)
      throws ErrnoException {
    if (stat.isSymlink()) {
      copySymlink(from, source, stat, to, temporary);
      return;
    }
    int in = storage.step(from, root -> source.open(Posix.O_RDONLY | Posix.O_NONBLOCK));
    try {
      int flags = Posix.O_WRONLY | Posix.O_CREAT | Posix.O_EXCL;
      int out =
          parents.making(
              to,
              temporary.parent(),
              () -> storage.step(to, root -> root.openFile(temporary.path(), flags, 0600)));
      try {
        fill(in, source, stat, out);
      } catch (ErrnoException e) {
        discard(to, temporary);
        throw e;
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

  private void copySymlink(Side from, PinnedFile source, Stat stat, Side to, Link temporary)
      throws ErrnoException {
    String content = storage.step(from, root -> source.readlink());
    parents.making(
        to,
        temporary.parent(),
        () ->
            storage.step(
                to,
                root -> {
                  root.symlink(content, temporary.path());
                  return null;
                }));
    try {
      storage.step(
          to,
          root -> {
            try (PinnedFile copy = root.pin(temporary.path())) {
              describe(source, stat, copy);
            }
            return null;
          });
    } catch (ErrnoException e) {
      discard(to, temporary);
      throw e;
    }
  }

  /** Owner before mode, which it clears bits of; times last. */
  private static void describe(PinnedFile source, Stat stat, PinnedFile copy)
      throws ErrnoException {
    copy.chown(stat.uid(), stat.gid());
    if (!stat.isSymlink()) {
      copy.chmod(stat.permissions());
    }
    copyXattrs(source, copy);
    copy.utimens(
        stat.accessSeconds(), stat.accessNanos(), stat.modifySeconds(), stat.modifyNanos());
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

  private void replace(Side to, Link temporary, Link target, Decision decision, boolean keep)
      throws ErrnoException {
    int flags = keep ? BackingRoot.RENAME_NOREPLACE : 0;
    OnRoot<Void> rename =
        root -> {
          takeAway(to, target, () -> root.rename(temporary.path(), root, target.path(), flags));
          return null;
        };
    onNames(to, rename, target, decision);
  }

  /**
   * Removes the source, unless it was changed since it was copied: then it is kept, and the move
   * has failed, with a copy left at the target.
   */
  private void removeSource(Side from, Link source, Decision decision, Stat copied)
      throws ErrnoException {
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
    onNames(from, removal, source, decision);
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
  private void onNames(Side side, OnRoot<Void> change, Link link, Decision decision)
      throws ErrnoException {
    if (side == Side.SHARED) {
      storage.step(side, change);
      return;
    }
    String path = storage.reading(link::path);
    storage.exclusivelyThen(
        () -> change.call(storage.application()), () -> changes.changed(path, decision));
  }

  private void syncParent(Side to, Link target) throws ErrnoException {
    storage.step(
        to,
        root -> {
          try (DirectoryReader parent = root.openDirectory(target.parent().path())) {
            Posix.fsync(parent.fd());
          }
          return null;
        });
  }

  /**
   * Takes the copy away again. What failed first is what the caller hears of. Somebody may be
   * renaming a directory above it, and no lock holds that off on the shared side: then it is looked
   * for again, under the directory's new name.
   */
  private void discard(Side to, Link temporary) {
    for (int attempt = 0; attempt < DISCARD_ATTEMPTS; attempt++) {
      try {
        storage.undo(
            to,
            root -> {
              root.unlink(temporary.path());
              return null;
            });
        return;
      } catch (ErrnoException e) {
        if (e.errno() != Errno.ENOENT && e.errno() != Errno.ESTALE) {
          return; // the storage is gone; the copy is hidden from callers in any case
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1L << attempt));
      }
    }
  }

  /**
   * The kernel believes the moved inode to be at the new name; or, if the source could not be
   * removed, what stood there before.
   */
  private void forgetInKernel(Link target) {
    notices.sendLater(cache -> cache.invalidateEntry(target.parent().number(), target.name()));
  }
}
