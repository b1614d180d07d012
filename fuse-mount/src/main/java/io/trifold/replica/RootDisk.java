package io.trifold.replica;

import io.trifold.posix.BackingRoot;
import io.trifold.posix.DirectoryReader;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.PinnedFile;
import io.trifold.posix.Posix;
import io.trifold.posix.Stat;
import io.trifold.queue.Metadata;
import io.trifold.queue.Xattrs;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jnr.ffi.Pointer;

/** The disk behind a {@link BackingRoot}. */
final class RootDisk implements Disk {
  private static final int SEEK_DATA = 3;
  private static final int BUFFER = 256 * 1024;

  /** So much is on its way to the disk while more is written. */
  private static final int WRITE_AHEAD = 8 << 20;

  private static final int BLOCK = 4096;
  private static final int OWNER_ONLY_FILE = 0600;
  private static final int OWNER_ONLY_DIRECTORY = 0700;
  private static final boolean MAY_GIVE_AWAY = Posix.effectiveUid() == 0;
  private static final ThreadLocal<Pointer> MEMORY =
      ThreadLocal.withInitial(RootDisk::alignedMemory);

  private static Pointer alignedMemory() {
    Pointer memory = Posix.allocate(BUFFER + BLOCK);
    return memory.slice(-memory.address() & (BLOCK - 1), BUFFER);
  }

  private final BackingRoot root;
  private final Owners owners;
  private final DiskXattrs xattrs;

  RootDisk(BackingRoot root, Owners owners) {
    this.root = root;
    this.owners = owners;
    this.xattrs = new DiskXattrs(owners);
  }

  @Override
  public Optional<Stat> look(String path) throws ErrnoException {
    try {
      return Optional.of(root.stat(path));
    } catch (ErrnoException e) {
      // ELOOP: a symlink stands where a directory of the path would have to.
      if (e.isAbsence()) {
        return Optional.empty();
      }
      throw e;
    }
  }

  @Override
  public List<Listed> list(String directory) throws ErrnoException {
    List<Listed> result = new ArrayList<>();
    try (DirectoryReader entries = root.openDirectory(directory)) {
      while (entries.next()) {
        result.add(new Listed(entries.name(), kind(directory, entries)));
      }
    }
    return result;
  }

  private Optional<Kind> kind(String directory, DirectoryReader entry) throws ErrnoException {
    return switch (entry.type()) {
      case 0 -> look(PathNames.child(directory, entry.name())).flatMap(Kind::of);
      case Stat.S_IFREG -> Optional.of(Kind.FILE);
      case Stat.S_IFDIR -> Optional.of(Kind.DIRECTORY);
      case Stat.S_IFLNK -> Optional.of(Kind.SYMLINK);
      default -> Optional.empty();
    };
  }

  @Override
  public String readlink(String path) throws ErrnoException {
    return root.readlink(path);
  }

  @Override
  public Source read(String path) throws ErrnoException {
    // O_NONBLOCK: should a pipe stand there by now, the open does not wait for its other end.
    return source(path, root.openFile(path, Posix.O_RDONLY | Posix.O_NONBLOCK, 0));
  }

  @Override
  public Source readUncached(String path) throws ErrnoException {
    try {
      return source(
          path, root.openFile(path, Posix.O_RDONLY | Posix.O_NONBLOCK | Posix.O_DIRECT, 0));
    } catch (ErrnoException e) {
      if (e.errno() == Errno.EINVAL) {
        return read(path);
      }
      throw e;
    }
  }

  private Source source(String path, int fd) {
    return new Source() {
      @Override
      public Stat stat() throws ErrnoException {
        return Posix.stat(fd);
      }

      @Override
      public int read(long offset, byte[] buffer, int length) throws ErrnoException {
        Pointer memory = MEMORY.get();
        int done = 0;
        while (done < length) {
          // Whole blocks: what is read past the cache is of no other length.
          int count = Math.min(BUFFER, (length - done + BLOCK - 1) & -BLOCK);
          int read = Posix.pread(fd, memory, count, offset + done);
          int n = Math.min(read, length - done);
          memory.get(0, buffer, done, n);
          done += n;
          if (read < count) {
            break;
          }
        }
        return done;
      }

      @Override
      public long dataFrom(long offset) throws ErrnoException {
        try {
          return Posix.lseek(fd, offset, SEEK_DATA);
        } catch (ErrnoException e) {
          if (e.errno() == Errno.ENXIO) {
            return Posix.stat(fd).size();
          }
          throw e;
        }
      }

      @Override
      public Xattrs xattrs(Xattrs log) throws ErrnoException {
        return RootDisk.this.xattrs.read(path, PinnedFile.borrow(fd), Posix.stat(fd), log);
      }

      @Override
      public void close() {
        Posix.close(fd);
      }
    };
  }

  @Override
  public Sink write(String path) throws ErrnoException {
    int fd = root.openFile(path, Posix.O_WRONLY | Posix.O_CREAT | Posix.O_EXCL, OWNER_ONLY_FILE);
    return new FileSink(fd);
  }

  /** Blocks of zeros are not written: there the file has holes. */
  private static final class FileSink implements Sink, Zeros.Runs<ErrnoException> {
    private final int fd;
    private byte[] bytes = {};
    private long written;
    private long begun;
    private boolean endsInHole;

    FileSink(int fd) {
      this.fd = fd;
    }

    @Override
    public void write(byte[] more) throws ErrnoException {
      bytes = more;
      Zeros.split(more, this);
    }

    @Override
    public void data(int from, int length) throws ErrnoException {
      Pointer memory = MEMORY.get();
      for (int done = 0; done < length; ) {
        int count = Math.min(BUFFER, length - done);
        memory.put(0, bytes, from + done, count);
        int n = Posix.pwrite(fd, memory, count, written);
        done += n;
        written += n;
      }
      endsInHole = false;
      if (written - begun >= WRITE_AHEAD) {
        Posix.startWriting(fd, begun, written - begun);
        begun = written;
      }
    }

    @Override
    public void hole(int length) {
      skip(length);
    }

    @Override
    public void skip(long count) {
      written += count;
      endsInHole = true;
    }

    @Override
    public void finish() throws ErrnoException {
      if (endsInHole) {
        Posix.truncate(fd, written);
      }
    }

    @Override
    public void close() {
      Posix.close(fd);
    }
  }

  @Override
  public void mkdir(String path) throws ErrnoException {
    root.mkdir(path, OWNER_ONLY_DIRECTORY);
  }

  @Override
  public void symlink(String target, String path) throws ErrnoException {
    root.symlink(target, path);
  }

  @Override
  public void link(String path, String newPath) throws ErrnoException {
    root.link(path, newPath);
  }

  @Override
  public void rename(String path, String newPath) throws ErrnoException {
    root.rename(path, root, newPath, 0);
  }

  @Override
  public void unlink(String path) throws ErrnoException {
    root.unlink(path);
  }

  @Override
  public void rmdir(String path) throws ErrnoException {
    root.rmdir(path);
  }

  /**
   * Owners first, for chown(2) takes set-id bits and capabilities away; the mode behind the access
   * control list, which sets some of its bits; the time last, for it is what remains. What is right
   * is not touched: it would look changed.
   */
  @Override
  public void dress(String path, Metadata metadata) throws ErrnoException {
    try (PinnedFile file = root.pin(path)) {
      Stat found = file.stat();
      if (MAY_GIVE_AWAY) {
        int uid = owners.uid(metadata.owner()).orElse(found.uid());
        int gid = owners.gid(metadata.group()).orElse(found.gid());
        if (uid != found.uid() || gid != found.gid()) {
          file.chown(uid, gid);
        }
      }
      xattrs.write(file, found, metadata.xattrs());
      if (!found.isSymlink() && file.stat().permissions() != metadata.mode()) {
        file.chmod(metadata.mode());
      }
      if (found.modifySeconds() != metadata.mtimeSeconds()
          || found.modifyNanos() != metadata.mtimeNanos()) {
        file.utimens(0, Posix.UTIME_OMIT, metadata.mtimeSeconds(), metadata.mtimeNanos());
      }
    }
  }

  @Override
  public void dressLike(String path, String model) throws ErrnoException {
    Stat like = root.stat(model);
    if (MAY_GIVE_AWAY) {
      root.chown(path, like.uid(), like.gid());
    }
    root.chmod(path, like.permissions());
  }

  @Override
  public void sync(String path) throws ErrnoException {
    sync(path, 0, Posix::fsync);
  }

  @Override
  public void syncFilesystem(String directory) throws ErrnoException {
    sync(directory, Posix.O_DIRECTORY, Posix::syncfs);
  }

  @FunctionalInterface
  private interface Syncing {
    void sync(int fd) throws ErrnoException;
  }

  private void sync(String path, int flags, Syncing syncing) throws ErrnoException {
    int fd = root.openFile(path, Posix.O_RDONLY | Posix.O_NONBLOCK | flags, 0);
    try {
      syncing.sync(fd);
    } finally {
      Posix.close(fd);
    }
  }

  @Override
  public Metadata metadata(Stat found) {
    return new Metadata(
        found.permissions(),
        owners.user(found.uid()),
        owners.group(found.gid()),
        found.modifySeconds(),
        found.modifyNanos());
  }

  @Override
  public Xattrs xattrs(String path, Xattrs log) throws ErrnoException {
    try (PinnedFile file = root.pin(path)) {
      return RootDisk.this.xattrs.read(path, file, file.stat(), log);
    }
  }
}
