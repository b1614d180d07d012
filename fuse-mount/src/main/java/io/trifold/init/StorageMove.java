package io.trifold.init;

import io.trifold.posix.BackingRoot;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.PinnedFile;
import io.trifold.posix.Posix;
import io.trifold.posix.Stat;
import io.trifold.rules.FileNames;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import jnr.ffi.Pointer;

/**
 * Moves a file, a symlink or an empty directory from the application's root to the same path on the
 * shared storage. It is copied beside its target under a name that mounts hide, made durable, put
 * at its name if nothing stands there, and only then removed from the root: at any moment it stands
 * whole at one of the two places at least. Of one thread.
 */
final class StorageMove {
  private static final int BUFFER = 256 * 1024;
  private static final String TEMPORARY = ".trifold~";

  private final BackingRoot application;
  private final BackingRoot shared;
  private final Pointer memory = Posix.allocate(BUFFER);

  StorageMove(BackingRoot application, BackingRoot shared) {
    this.application = application;
    this.shared = shared;
  }

  /** Makes the directory there; the one here stays for what is local in it. */
  void directory(String path, Stat stat) throws ErrnoException {
    makeParents(path);
    makeDirectory(path, stat);
  }

  private void makeDirectory(String path, Stat stat) throws ErrnoException {
    try {
      shared.mkdir(path, 0700);
    } catch (ErrnoException e) {
      if (e.errno() == Errno.EEXIST) {
        return;
      }
      throw e;
    }
    describe(path, stat, path);
  }

  private void makeParents(String path) throws ErrnoException {
    int slash = path.lastIndexOf('/');
    if (slash < 0) {
      return;
    }
    String parent = path.substring(0, slash);
    if (Survey.look(shared, parent).isEmpty()) {
      makeParents(parent);
      makeDirectory(parent, application.stat(parent));
    }
  }

  /**
   * Copies it to its place, durably.
   *
   * @return false if something stands there, or it changed while it was copied: then nothing was
   *     done
   */
  boolean publish(String path, Stat stat) throws ErrnoException {
    makeParents(path);
    String directory = path.substring(0, path.lastIndexOf('/') + 1);
    String temporary =
        directory + TEMPORARY + Long.toHexString(ThreadLocalRandom.current().nextLong());
    try {
      if (stat.isSymlink()) {
        shared.symlink(application.readlink(path), temporary);
      } else if (copy(path, temporary) != stat.size()) {
        return false;
      }
      describe(path, stat, temporary);
      sync(temporary, stat);
      if (!isUnchanged(path, stat)) {
        return false;
      }
      return place(temporary, path);
    } finally {
      if (Survey.look(shared, temporary).isPresent()) {
        shared.unlink(temporary);
      }
    }
  }

  /** Takes the one here away, whose copy was published, unless it was changed since. */
  boolean remove(String path, Stat stat) throws ErrnoException {
    if (!isUnchanged(path, stat)) {
      return false;
    }
    application.unlink(path);
    return true;
  }

  private boolean isUnchanged(String path, Stat then) throws ErrnoException {
    Optional<Stat> now = Survey.look(application, path);
    return now.isPresent()
        && now.get().inode() == then.inode()
        && now.get().size() == then.size()
        && now.get().modifySeconds() == then.modifySeconds()
        && now.get().modifyNanos() == then.modifyNanos()
        && now.get().changeSeconds() == then.changeSeconds()
        && now.get().changeNanos() == then.changeNanos();
  }

  private long copy(String path, String temporary) throws ErrnoException {
    int in = application.openFile(path, Posix.O_RDONLY | Posix.O_NONBLOCK, 0);
    try {
      int out = shared.openFile(temporary, Posix.O_WRONLY | Posix.O_CREAT | Posix.O_EXCL, 0600);
      try {
        long offset = 0;
        int n;
        while ((n = Posix.pread(in, memory, BUFFER, offset)) > 0) {
          offset += write(out, n, offset);
        }
        return offset;
      } finally {
        Posix.close(out);
      }
    } finally {
      Posix.close(in);
    }
  }

  private int write(int out, int length, long offset) throws ErrnoException {
    int done = 0;
    while (done < length) {
      done += Posix.pwrite(out, memory.slice(done), length - done, offset + done);
    }
    return done;
  }

  /** Owner before mode, which it clears bits of; times last. */
  private void describe(String path, Stat stat, String copyPath) throws ErrnoException {
    try (PinnedFile source = application.pin(path);
        PinnedFile copy = shared.pin(copyPath)) {
      if (Posix.effectiveUid() == 0) {
        copy.chown(stat.uid(), stat.gid());
      }
      if (!stat.isSymlink()) {
        copy.chmod(stat.permissions());
      }
      copyXattrs(source, copy);
      copy.utimens(
          stat.accessSeconds(), stat.accessNanos(), stat.modifySeconds(), stat.modifyNanos());
    }
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

  private void sync(String path, Stat stat) throws ErrnoException {
    if (stat.isRegular()) {
      fsync(path, 0);
    }
  }

  private void fsync(String path, int flags) throws ErrnoException {
    int fd = shared.openFile(path, Posix.O_RDONLY | Posix.O_NONBLOCK | flags, 0);
    try {
      Posix.fsync(fd);
    } finally {
      Posix.close(fd);
    }
  }

  /**
   * Never over what stands there, whoever put it there just now. Not every storage can rename so;
   * then a link does it, which not every storage can make.
   */
  private boolean place(String temporary, String path) throws ErrnoException {
    try {
      renameOrLink(temporary, path);
    } catch (ErrnoException e) {
      if (e.errno() == Errno.EEXIST) {
        return false;
      }
      throw e;
    }
    int slash = path.lastIndexOf('/');
    fsync(slash < 0 ? "" : path.substring(0, slash), Posix.O_DIRECTORY);
    return true;
  }

  private void renameOrLink(String temporary, String path) throws ErrnoException {
    try {
      shared.rename(temporary, shared, path, BackingRoot.RENAME_NOREPLACE);
    } catch (ErrnoException e) {
      if (e.errno() != Errno.EINVAL && e.errno() != Errno.ENOSYS) {
        throw e;
      }
      shared.link(temporary, path);
    }
  }
}
