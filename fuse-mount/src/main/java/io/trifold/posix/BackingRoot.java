package io.trifold.posix;

import static io.trifold.posix.LibC.C;

import io.trifold.rules.FileNames;
import jnr.ffi.Pointer;

/**
 * A directory tree that calls cannot leave. Paths are relative to it, {@code /}-separated, without
 * leading slash; the empty path is the root itself. No component of a path is followed if it is a
 * symlink ({@code openat2(2)} with {@code RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS}), and no call acts
 * on what a symlink at the path points to.
 *
 * <p>It holds the directory's descriptor: what is mounted over the directory later stands not in
 * its way. All methods may be called by any thread; they may block as long as the storage does.
 */
public final class BackingRoot implements AutoCloseable {
  public static final int RENAME_NOREPLACE = 1;
  public static final int RENAME_EXCHANGE = 2;

  /** The longest path of one system call, {@code PATH_MAX} without its NUL. */
  private static final int LONGEST = 4095;

  private final int fd;

  /** {@code null} where others may move directories. */
  private final DirectoryCache directories;

  private BackingRoot(int fd, DirectoryCache directories) {
    this.fd = fd;
    this.directories = directories;
  }

  /** Opens the directory at an absolute path; symlinks on the way to it are followed. */
  public static BackingRoot open(String directory) throws ErrnoException {
    return new BackingRoot(openRoot(directory), null);
  }

  /**
   * The same for a directory in which nobody but the users of this very object renames or removes
   * directories: it remembers where they are.
   */
  public static BackingRoot openOwned(String directory) throws ErrnoException {
    return new BackingRoot(openRoot(directory), new DirectoryCache());
  }

  private static int openRoot(String directory) throws ErrnoException {
    return Posix.open(directory, Posix.O_RDONLY | Posix.O_DIRECTORY, 0);
  }

  /** The directory's descriptor, valid until this is closed. */
  public int fd() {
    return fd;
  }

  @Override
  public void close() {
    if (directories != null) {
      directories.close();
    }
    Posix.close(fd);
  }

  /** Opens a path, {@code open(2)} flags; a symlink gives {@code ELOOP}. The caller closes it. */
  public int openFile(String path, int flags, int mode) throws ErrnoException {
    return openBeneath(path, flags | Posix.O_NOFOLLOW | Posix.O_NOCTTY, mode);
  }

  /** A descriptor that names the path and does nothing else, symlinks themselves included. */
  public int openPath(String path) throws ErrnoException {
    return openBeneath(path, Posix.O_PATH | Posix.O_NOFOLLOW, 0);
  }

  /** Holds what stands at the path, symlinks themselves included. The caller closes it. */
  public PinnedFile pin(String path) throws ErrnoException {
    return PinnedFile.own(openPath(path));
  }

  /** Opens a directory for reading. */
  public DirectoryReader openDirectory(String path) throws ErrnoException {
    return new DirectoryReader(openBeneath(path, Posix.O_RDONLY | Posix.O_DIRECTORY, 0));
  }

  /**
   * The same without a trace: its time of access stays. {@code EPERM} if another user owns it, and
   * this is not root.
   */
  public DirectoryReader openDirectoryUnnoticed(String path) throws ErrnoException {
    int flags = Posix.O_RDONLY | Posix.O_DIRECTORY | Posix.O_NOFOLLOW | Posix.O_NOATIME;
    return new DirectoryReader(openBeneath(path, flags, 0));
  }

  /**
   * A directory of this tree as a tree of its own, wherever it is moved to. The caller closes it.
   */
  public BackingRoot directory(String path) throws ErrnoException {
    return new BackingRoot(openBeneath(path, Posix.O_RDONLY | Posix.O_DIRECTORY, 0), null);
  }

  /** {@code lstat}. */
  public Stat stat(String path) throws ErrnoException {
    return at(path, Posix::statAt);
  }

  public void mkdir(String path, int mode) throws ErrnoException {
    at(path, (dir, name) -> done(C.mkdirat(dir, Posix.c(name), mode), path));
  }

  /**
   * Makes a file of any type but directory and symlink.
   *
   * @param rdev {@code major << 32 | minor}
   */
  public void mknod(String path, int mode, long rdev) throws ErrnoException {
    long major = rdev >>> 32;
    long minor = rdev & 0xffffffffL;
    long device =
        (minor & 0xff) | (major & 0xfff) << 8 | (minor & ~0xffL) << 12 | (major & ~0xfffL) << 32;
    at(path, (dir, name) -> done(C.mknodat(dir, Posix.c(name), mode, device), path));
  }

  public void unlink(String path) throws ErrnoException {
    at(path, (dir, name) -> done(C.unlinkat(dir, Posix.c(name), 0), path));
  }

  public void rmdir(String path) throws ErrnoException {
    at(path, (dir, name) -> done(C.unlinkat(dir, Posix.c(name), Posix.AT_REMOVEDIR), path));
    forget(path);
  }

  /** {@code renameat2(2)} within this root or into another one. */
  public void rename(String path, BackingRoot newRoot, String newPath, int flags)
      throws ErrnoException {
    at(
        path,
        (dir, name) ->
            newRoot.at(
                newPath,
                (newDir, newName) ->
                    done(C.renameat2(dir, Posix.c(name), newDir, Posix.c(newName), flags), path)));
    forget(path);
    newRoot.forget(newPath);
  }

  private void forget(String path) {
    if (directories != null) {
      directories.forget(path);
    }
  }

  public void link(String path, String newPath) throws ErrnoException {
    at(
        path,
        (dir, name) ->
            at(
                newPath,
                (newDir, newName) ->
                    done(C.linkat(dir, Posix.c(name), newDir, Posix.c(newName), 0), path)));
  }

  /** Gives a file that has no name one: as root, or if it was opened with {@code O_TMPFILE}. */
  public void link(PinnedFile file, String newPath) throws ErrnoException {
    at(
        newPath,
        (newDir, newName) ->
            done(
                C.linkat(
                    Posix.AT_FDCWD,
                    Posix.c(file.path()),
                    newDir,
                    Posix.c(newName),
                    Posix.AT_SYMLINK_FOLLOW),
                newPath));
  }

  public void symlink(String target, String path) throws ErrnoException {
    at(path, (dir, name) -> done(C.symlinkat(Posix.c(target), dir, Posix.c(name)), path));
  }

  public String readlink(String path) throws ErrnoException {
    return at(
        path,
        (dir, name) -> {
          Pointer buffer = Scratch.get();
          long n = C.readlinkat(dir, Posix.c(name), buffer, Scratch.SIZE);
          if (n < 0) {
            throw Posix.failure(path);
          }
          byte[] bytes = new byte[(int) n];
          buffer.get(0, bytes, 0, bytes.length);
          return FileNames.decode(bytes);
        });
  }

  /** Sets the mode; {@code EOPNOTSUPP} for a symlink. */
  public void chmod(String path, int mode) throws ErrnoException {
    try (PinnedFile file = pin(path)) {
      file.chmod(mode);
    }
  }

  /** {@code lchown}; -1 leaves that one as it is. */
  public void chown(String path, int uid, int gid) throws ErrnoException {
    at(
        path,
        (dir, name) ->
            done(
                C.fchownat(
                    dir, Posix.c(name), uid, gid, Posix.AT_SYMLINK_NOFOLLOW | Posix.AT_EMPTY_PATH),
                path));
  }

  /** {@code utimensat}, not following symlinks; see {@link Posix#utimens}. */
  public void utimens(
      String path, long accessSeconds, long accessNanos, long modifySeconds, long modifyNanos)
      throws ErrnoException {
    at(
        path,
        (dir, name) ->
            done(
                C.utimensat(
                    dir,
                    Posix.c(name.isEmpty() ? "." : name),
                    Posix.times(accessSeconds, accessNanos, modifySeconds, modifyNanos),
                    Posix.AT_SYMLINK_NOFOLLOW),
                path));
  }

  /** {@code truncate(2)}; a symlink gives {@code ELOOP}. */
  public void truncate(String path, long length) throws ErrnoException {
    int file = openFile(path, Posix.O_WRONLY | Posix.O_NONBLOCK, 0);
    try {
      Posix.truncate(file, length);
    } finally {
      Posix.close(file);
    }
  }

  /** The value of an extended attribute. */
  public byte[] getXattr(String path, String attribute) throws ErrnoException {
    try (PinnedFile file = pin(path)) {
      return file.getXattr(attribute);
    }
  }

  /**
   * Sets an extended attribute.
   *
   * @param flags 1 to create only, 2 to replace only, see {@code setxattr(2)}
   */
  public void setXattr(String path, String attribute, byte[] value, int flags)
      throws ErrnoException {
    try (PinnedFile file = pin(path)) {
      file.setXattr(attribute, value, flags);
    }
  }

  /**
   * The names of the extended attributes, each ending in NUL, as {@code listxattr(2)} gives them.
   */
  public byte[] listXattr(String path) throws ErrnoException {
    try (PinnedFile file = pin(path)) {
      return file.listXattr();
    }
  }

  public void removeXattr(String path, String attribute) throws ErrnoException {
    try (PinnedFile file = pin(path)) {
      file.removeXattr(attribute);
    }
  }

  @FunctionalInterface
  private interface At<T> {
    T call(int directory, String name) throws ErrnoException;
  }

  /**
   * Calls with the descriptor of the path's parent and its last component: that is how the calls
   * that have no form with resolve flags stay beneath the root. The root itself is the empty name.
   */
  private <T> T at(String path, At<T> call) throws ErrnoException {
    int slash = path.lastIndexOf('/');
    String name = path.substring(slash + 1);
    if (name.equals(".") || name.equals("..")) {
      throw new ErrnoException(Errno.EINVAL, path);
    }
    if (slash < 0) {
      return call.call(fd, name);
    }
    String directory = path.substring(0, slash);
    if (directories != null) {
      try (DirectoryCache.Directory parent =
          directories.get(directory, () -> openParent(directory))) {
        return call.call(parent.fd(), name);
      }
    }
    int parent = openParent(directory);
    try {
      return call.call(parent, name);
    } finally {
      Posix.close(parent);
    }
  }

  private int openParent(String directory) throws ErrnoException {
    return openBeneath(directory, Posix.O_PATH | Posix.O_DIRECTORY, 0);
  }

  /** A path that is too long for one system call is walked in several. */
  private int openBeneath(String path, int flags, int mode) throws ErrnoException {
    if (!isTooLong(path)) {
      return Posix.openBeneath(fd, path, flags, mode);
    }
    int at = fd;
    try {
      String rest = path;
      while (isTooLong(rest)) {
        int slash = lastSlashWithin(rest);
        int next =
            Posix.openBeneath(at, rest.substring(0, slash), Posix.O_PATH | Posix.O_DIRECTORY, 0);
        close(at);
        at = next;
        rest = rest.substring(slash + 1);
      }
      return Posix.openBeneath(at, rest, flags, mode);
    } finally {
      close(at);
    }
  }

  private void close(int directory) {
    if (directory != fd) {
      Posix.close(directory);
    }
  }

  /** A character takes up to three bytes of a name. */
  private static boolean isTooLong(String path) {
    return path.length() > LONGEST / 3 && FileNames.encode(path).length > LONGEST;
  }

  /** A slash before which the path is short enough; components are shorter than that. */
  private static int lastSlashWithin(String path) throws ErrnoException {
    int slash = path.lastIndexOf('/', LONGEST / 3);
    if (slash <= 0) {
      throw new ErrnoException(Errno.ENAMETOOLONG, path);
    }
    return slash;
  }

  private static Void done(int result, String path) throws ErrnoException {
    Posix.check(result, path);
    return null;
  }
}
