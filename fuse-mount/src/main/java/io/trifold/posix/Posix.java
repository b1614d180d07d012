package io.trifold.posix;

import static io.trifold.posix.LibC.C;

import io.trifold.rules.FileNames;
import java.util.Arrays;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/**
 * System calls on descriptors. Each failure is an {@link ErrnoException} that carries the call's
 * error number; a call that a signal interrupted is made again. All methods may be called by any
 * thread.
 */
public final class Posix {
  public static final int O_RDONLY = 0;
  public static final int O_WRONLY = 1;
  public static final int O_RDWR = 2;
  public static final int O_ACCMODE = 3;
  public static final int O_CREAT = 0x40;
  public static final int O_EXCL = 0x80;
  public static final int O_NOCTTY = 0x100;
  public static final int O_TRUNC = 0x200;
  public static final int O_APPEND = 0x400;
  public static final int O_NONBLOCK = 0x800;
  public static final int O_DSYNC = 0x1000;
  public static final int O_SYNC = 0x101000;
  public static final int O_NOATIME = 0x40000;
  public static final int O_CLOEXEC = 0x80000;
  public static final int O_PATH = 0x200000;
  private static final int TMPFILE = 0x400000;

  private static final boolean ARM = System.getProperty("os.arch").equals("aarch64");

  /** These three differ between x86-64 and arm64. */
  public static final int O_DIRECTORY = ARM ? 0x4000 : 0x10000;

  public static final int O_NOFOLLOW = ARM ? 0x8000 : 0x20000;
  public static final int O_DIRECT = ARM ? 0x10000 : 0x4000;
  public static final int O_TMPFILE = TMPFILE | O_DIRECTORY;

  public static final int LOCK_SH = 1;
  public static final int LOCK_EX = 2;
  public static final int LOCK_NB = 4;
  public static final int LOCK_UN = 8;

  /** Seconds' place in {@code utimensat}: leave this time as it is. */
  public static final long UTIME_OMIT = 0x3ffffffe;

  /** Seconds' place in {@code utimensat}: set this time to now. */
  public static final long UTIME_NOW = 0x3fffffff;

  public static final int AT_FDCWD = -100;
  static final int AT_SYMLINK_NOFOLLOW = 0x100;
  static final int AT_REMOVEDIR = 0x200;
  static final int AT_SYMLINK_FOLLOW = 0x400;
  static final int AT_EMPTY_PATH = 0x1000;
  private static final int STATX_BASIC_AND_BIRTH = 0xfff;

  /** For {@link #unmount}: what is under way is ended with an error. */
  public static final int MNT_FORCE = 1;

  /** For {@link #unmount}: out of sight at once, and gone when nobody uses it any more. */
  public static final int MNT_DETACH = 2;

  /** For {@link #unmount}: what a symlink stands for stays mounted. */
  public static final int UMOUNT_NOFOLLOW = 8;

  private static final int STATX_MNT_ID = 0x1000;
  static final byte[] EMPTY = {0};
  private static final long NR_OPENAT2 = 437;
  private static final long RESOLVE_NO_MAGICLINKS = 0x02;
  private static final long RESOLVE_NO_SYMLINKS = 0x04;
  private static final long RESOLVE_BENEATH = 0x08;

  /** From {@code linux/fs.h}. */
  private static final int SYNC_FILE_RANGE_WRITE = 2;

  private Posix() {}

  /** The runtime that native memory for these calls is allocated from. */
  public static Runtime runtime() {
    return LibC.RUNTIME;
  }

  /** Native memory, zeroed, freed when it is no longer reachable. */
  public static Pointer allocate(int size) {
    return Memory.allocateDirect(LibC.RUNTIME, size, true);
  }

  /** Native memory that holds anything, freed when it is no longer reachable. */
  public static Pointer allocateUncleared(int size) {
    return Memory.allocateDirect(LibC.RUNTIME, size, false);
  }

  /** A name or path as the kernel takes it: its bytes and a NUL. */
  static byte[] c(String path) {
    byte[] bytes = FileNames.encode(path);
    return Arrays.copyOf(bytes, bytes.length + 1);
  }

  static ErrnoException failure(String doing) {
    return new ErrnoException(LibC.RUNTIME.getLastError(), doing);
  }

  static boolean interrupted() {
    return LibC.RUNTIME.getLastError() == Errno.EINTR;
  }

  /** {@code open(2)} of an absolute path, close-on-exec. For the daemon's own files and devices. */
  public static int open(String path, int flags, int mode) throws ErrnoException {
    while (true) {
      int fd = C.openat(AT_FDCWD, c(path), flags | O_CLOEXEC, mode);
      if (fd >= 0) {
        return fd;
      }
      if (!interrupted()) {
        throw failure(path);
      }
    }
  }

  /**
   * {@code openat2(2)} beneath a directory: no component may be a symlink, and none may lead out of
   * it. A symlink as the last component opens only with {@code O_PATH | O_NOFOLLOW}.
   */
  static int openBeneath(int directory, String path, int flags, int mode) throws ErrnoException {
    Pointer how = Scratch.get();
    while (true) {
      how.putLong(0, Integer.toUnsignedLong(flags | O_CLOEXEC));
      how.putLong(8, (flags & (O_CREAT | TMPFILE)) != 0 ? mode : 0);
      how.putLong(16, RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS);
      int fd = (int) C.syscall(NR_OPENAT2, directory, c(path.isEmpty() ? "." : path), how, 24);
      if (fd >= 0) {
        return fd;
      }
      // EAGAIN: a rename elsewhere raced with the walk, see openat2(2).
      int errno = LibC.RUNTIME.getLastError();
      if (errno != Errno.EINTR && errno != Errno.EAGAIN) {
        throw new ErrnoException(errno, path);
      }
    }
  }

  /** {@code close(2)}; an error is not reported, the descriptor is gone in any case. */
  public static void close(int fd) {
    C.close(fd);
  }

  /** Makes a descriptor one of the file at an absolute path, whatever it was before. */
  public static void redirect(int fd, String path, int flags) throws ErrnoException {
    int opened = open(path, flags, 0600);
    try {
      if (C.dup2(opened, fd) < 0) {
        throw failure("dup2");
      }
    } finally {
      close(opened);
    }
  }

  /**
   * What closing one of several descriptors of an open file does and reports, while this one stays
   * open: network filesystems write back what was written, and tell what failed.
   */
  public static void flush(int fd) throws ErrnoException {
    int duplicate = C.dup(fd);
    if (duplicate < 0) {
      throw failure("dup");
    }
    check(C.close(duplicate), "close");
  }

  /** {@code pread(2)}: the bytes read, 0 at the end of the file. */
  public static int pread(int fd, Pointer buffer, int count, long offset) throws ErrnoException {
    while (true) {
      long n = C.pread(fd, buffer, count, offset);
      if (n >= 0) {
        return (int) n;
      }
      if (!interrupted()) {
        throw failure("read");
      }
    }
  }

  /** {@code pwrite(2)}: the bytes written. */
  public static int pwrite(int fd, Pointer buffer, int count, long offset) throws ErrnoException {
    while (true) {
      long n = C.pwrite(fd, buffer, count, offset);
      if (n >= 0) {
        return (int) n;
      }
      if (!interrupted()) {
        throw failure("write");
      }
    }
  }

  /**
   * {@code read(2)}: the bytes read, 0 at the end. Unlike the others it reports {@code EINTR}: on a
   * device the caller may have something else to do.
   */
  public static int read(int fd, Pointer buffer, int count) throws ErrnoException {
    long n = C.read(fd, buffer, count);
    if (n < 0) {
      throw failure("read");
    }
    return (int) n;
  }

  /** {@code write(2)}: the bytes written. */
  public static int write(int fd, Pointer buffer, int count) throws ErrnoException {
    while (true) {
      long n = C.write(fd, buffer, count);
      if (n >= 0) {
        return (int) n;
      }
      if (!interrupted()) {
        throw failure("write");
      }
    }
  }

  /** {@code ioctl(2)}: its result, not negative. */
  public static int ioctl(int fd, long request, Pointer argument) throws ErrnoException {
    int result = C.ioctl(fd, request, argument);
    if (result < 0) {
      throw failure("ioctl");
    }
    return result;
  }

  /** {@code fstat}: of the file behind a descriptor, {@code O_PATH} ones too. */
  public static Stat stat(int fd) throws ErrnoException {
    return statx(fd, EMPTY, AT_EMPTY_PATH, "stat");
  }

  static Stat statAt(int directory, String name) throws ErrnoException {
    return name.isEmpty() ? stat(directory) : statx(directory, c(name), AT_SYMLINK_NOFOLLOW, name);
  }

  /** Has the system look at a name, whatever it finds. */
  static void touch(int directory, Pointer name) {
    C.statx(directory, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_AND_BIRTH, Scratch.get());
  }

  /** The number of the mount that a descriptor is in, as {@link MountTable} has it. */
  public static long mountId(int fd) throws ErrnoException {
    Pointer s = Scratch.get();
    if (C.statx(fd, EMPTY, AT_EMPTY_PATH, STATX_MNT_ID, s) != 0) {
      throw failure("statx");
    }
    return s.getLong(144);
  }

  private static Stat statx(int directory, byte[] path, int flags, String doing)
      throws ErrnoException {
    Pointer s = Scratch.get();
    if (C.statx(directory, path, flags, STATX_BASIC_AND_BIRTH, s) != 0) {
      throw failure(doing);
    }
    return new Stat(
        (long) s.getInt(136) << 32 | Integer.toUnsignedLong(s.getInt(140)),
        s.getLong(32),
        s.getShort(28) & 0xffff,
        s.getInt(16),
        s.getInt(20),
        s.getInt(24),
        (long) s.getInt(128) << 32 | Integer.toUnsignedLong(s.getInt(132)),
        s.getLong(40),
        s.getLong(48),
        s.getInt(4),
        s.getLong(64),
        s.getInt(72),
        s.getLong(112),
        s.getInt(120),
        s.getLong(96),
        s.getInt(104),
        s.getLong(80),
        s.getInt(88));
  }

  /** {@code fstatvfs(3)}. */
  public static StatFs statFs(int fd) throws ErrnoException {
    Pointer s = Scratch.get();
    if (C.fstatvfs(fd, s) != 0) {
      throw failure("statfs");
    }
    return new StatFs(
        s.getLong(0),
        s.getLong(8),
        s.getLong(16),
        s.getLong(24),
        s.getLong(32),
        s.getLong(40),
        s.getLong(48),
        s.getLong(80));
  }

  /** {@code ftruncate(2)}. */
  public static void truncate(int fd, long length) throws ErrnoException {
    check(C.ftruncate(fd, length), "truncate");
  }

  /** {@code fchmod(2)}. */
  public static void chmod(int fd, int mode) throws ErrnoException {
    check(C.fchmod(fd, mode), "chmod");
  }

  /** {@code fchown(2)}; -1 leaves that one as it is. */
  public static void chown(int fd, int uid, int gid) throws ErrnoException {
    check(C.fchown(fd, uid, gid), "chown");
  }

  /** {@code futimens(3)}; {@link #UTIME_OMIT} and {@link #UTIME_NOW} as nanoseconds. */
  public static void utimens(
      int fd, long accessSeconds, long accessNanos, long modifySeconds, long modifyNanos)
      throws ErrnoException {
    check(C.futimens(fd, times(accessSeconds, accessNanos, modifySeconds, modifyNanos)), "utimens");
  }

  static Pointer times(long accessSeconds, long accessNanos, long modifySeconds, long modifyNanos) {
    Pointer times = Scratch.get();
    times.putLong(0, accessSeconds);
    times.putLong(8, accessNanos);
    times.putLong(16, modifySeconds);
    times.putLong(24, modifyNanos);
    return times;
  }

  /** {@code fsync(2)}. A failure is final: what was not written may be lost, see fsync(2). */
  public static void fsync(int fd) throws ErrnoException {
    check(C.fsync(fd), "fsync");
  }

  /**
   * Has the kernel begin to write a file's range to its disk, without waiting for it: {@code
   * sync_file_range(2)}. It promises nothing, and spares a later {@link #fsync} the time; so a
   * filesystem that cannot do it has done enough.
   */
  public static void startWriting(int fd, long offset, long count) {
    C.sync_file_range(fd, offset, count, SYNC_FILE_RANGE_WRITE);
  }

  /** {@code fdatasync(2)}. */
  public static void fdatasync(int fd) throws ErrnoException {
    check(C.fdatasync(fd), "fdatasync");
  }

  /** {@code syncfs(2)}: all of the filesystem that the descriptor is on. */
  public static void syncfs(int fd) throws ErrnoException {
    check(C.syncfs(fd), "syncfs");
  }

  /** {@code fallocate(2)}. */
  public static void fallocate(int fd, int mode, long offset, long length) throws ErrnoException {
    check(C.fallocate(fd, mode, offset, length), "fallocate");
  }

  /** {@code lseek(2)}, for {@code SEEK_DATA} (3) and {@code SEEK_HOLE} (4). */
  public static long lseek(int fd, long offset, int whence) throws ErrnoException {
    long result = C.lseek(fd, offset, whence);
    if (result < 0) {
      throw failure("lseek");
    }
    return result;
  }

  /** {@code copy_file_range(2)}: the bytes copied, 0 at the end of the source. */
  public static long copyFileRange(int in, long offsetIn, int out, long offsetOut, long length)
      throws ErrnoException {
    Pointer offsets = Scratch.get();
    while (true) {
      offsets.putLong(0, offsetIn);
      offsets.putLong(8, offsetOut);
      long n = C.copy_file_range(in, offsets.slice(0, 8), out, offsets.slice(8, 8), length, 0);
      if (n >= 0) {
        return n;
      }
      if (!interrupted()) {
        throw failure("copy_file_range");
      }
    }
  }

  /**
   * {@code flock(2)} without waiting.
   *
   * @param operation {@link #LOCK_SH}, {@link #LOCK_EX} or {@link #LOCK_UN}
   * @return whether it was granted
   */
  public static boolean flock(int fd, int operation) throws ErrnoException {
    if (C.flock(fd, operation | LOCK_NB) == 0) {
      return true;
    }
    int errno = LibC.RUNTIME.getLastError();
    if (errno == Errno.EAGAIN || errno == Errno.EINTR) {
      return false;
    }
    throw new ErrnoException(errno, "flock");
  }

  static void check(int result, String doing) throws ErrnoException {
    if (result != 0) {
      throw failure(doing);
    }
  }

  /** {@code umask(2)}, of the whole process. */
  public static int umask(int mask) {
    return C.umask(mask);
  }

  /** {@code geteuid(2)}. */
  public static int effectiveUid() {
    return C.geteuid();
  }

  /** {@code getegid(2)}. */
  public static int effectiveGid() {
    return C.getegid();
  }

  /** {@code pipe2(2)}: the end to read from and the end to write to, close-on-exec. */
  public static int[] pipe() throws ErrnoException {
    Pointer pair = Scratch.get();
    check(C.pipe2(pair, O_CLOEXEC), "pipe");
    return new int[] {pair.getInt(0), pair.getInt(4)};
  }

  /** {@code mount(2)}. */
  public static void mount(String source, String target, String type, long flags, String data)
      throws ErrnoException {
    check(C.mount(c(source), c(target), c(type), flags, c(data)), "mount " + target);
  }

  /** {@code umount2(2)}. */
  public static void unmount(String target, int flags) throws ErrnoException {
    check(C.umount2(c(target), flags), "umount " + target);
  }
}
