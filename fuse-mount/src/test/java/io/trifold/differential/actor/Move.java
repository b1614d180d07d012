package io.trifold.differential.actor;

import static io.trifold.differential.actor.Native.C;

import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import jnr.ffi.Pointer;

/**
 * A rename as between two filesystems, by root: a copy takes the place, and the original goes. Who
 * has that open keeps it, and other names of it stay what they are.
 */
final class Move {
  private static final int NOREPLACE = 1;
  private static final String BESIDE = ".moving";

  private final byte[] source;
  private final byte[] target;
  private final byte[] copy;

  private Move(String source, String target) {
    this.source = Arguments.terminated(source);
    this.target = Arguments.terminated(target);
    int slash = target.lastIndexOf('/') + 1;
    this.copy = Arguments.terminated(target.substring(0, slash) + BESIDE);
  }

  static String run(Arguments arguments) throws ErrnoException {
    Move move = new Move(arguments.text(), arguments.text());
    return move.run(arguments.flags());
  }

  private String run(int flags) throws ErrnoException {
    stat(parent(source));
    stat(parent(target));
    Attributes original = stat(source);
    Attributes there = ifThere(target);
    if (original.isDirectory() || (there != null && there.isDirectory())) {
      return Result.done(C.renameat2(Posix.AT_FDCWD, source, Posix.AT_FDCWD, target, flags));
    }
    if (there != null && (flags & NOREPLACE) != 0) {
      throw new ErrnoException(Errno.EEXIST, "");
    }
    if (original.isSymlink()) {
      copySymlink();
    } else if (original.isRegular()) {
      copyFile(original);
    } else {
      throw new ErrnoException(Errno.EXDEV, "neither a file nor a symlink");
    }
    Result.of(C.lchown(copy, original.uid(), original.gid()));
    if (original.isRegular()) {
      Result.of(C.chmod(copy, original.mode() & 07777));
    }
    copyTimes(original);
    Result.of(C.renameat2(Posix.AT_FDCWD, copy, Posix.AT_FDCWD, target, 0));
    return Result.done(C.unlink(source));
  }

  private static byte[] parent(byte[] path) {
    String text = Operation.text(path);
    return Arguments.terminated(text.substring(0, text.lastIndexOf('/') + 1) + ".");
  }

  private static Attributes stat(byte[] path) throws ErrnoException {
    return Attributes.of(Posix.AT_FDCWD, path, Attributes.AT_SYMLINK_NOFOLLOW);
  }

  private static Attributes ifThere(byte[] path) throws ErrnoException {
    try {
      return stat(path);
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ENOENT) {
        return null;
      }
      throw e;
    }
  }

  private void copySymlink() throws ErrnoException {
    long length = Result.of(C.readlink(source, Memory.BUFFER, Memory.SIZE));
    byte[] target = Memory.bytes(length);
    Result.of(C.symlink(Arguments.terminated(Operation.text(target)), copy));
  }

  private void copyFile(Attributes original) throws ErrnoException {
    int in = (int) Result.of(C.open(source, Posix.O_RDONLY, 0));
    try {
      int out = (int) Result.of(C.open(copy, Posix.O_CREAT | Posix.O_EXCL | Posix.O_WRONLY, 0600));
      try {
        long count = Result.of(C.pread(in, Memory.BUFFER, Memory.SIZE, 0));
        Result.of(C.pwrite(out, Memory.BUFFER, count, 0));
        Result.of(C.ftruncate(out, original.size()));
      } finally {
        C.close(out);
      }
    } finally {
      C.close(in);
    }
    copyXattrs();
  }

  private void copyXattrs() throws ErrnoException {
    long length = Result.of(C.llistxattr(source, Memory.BUFFER, Memory.SIZE));
    for (String attribute : XattrCalls.names(Memory.bytes(length))) {
      byte[] name = Arguments.terminated(attribute);
      byte[] value = Memory.bytes(Result.of(C.lgetxattr(source, name, Memory.BUFFER, Memory.SIZE)));
      Result.of(C.setxattr(copy, name, value, value.length, 0));
    }
  }

  private void copyTimes(Attributes original) throws ErrnoException {
    Pointer times = Memory.BUFFER;
    put(times, 0, original.accessed());
    put(times, 16, original.modified());
    Result.of(C.utimensat(Posix.AT_FDCWD, copy, times, Attributes.AT_SYMLINK_NOFOLLOW));
  }

  private static void put(Pointer times, int offset, long time) {
    times.putLong(offset, Math.floorDiv(time, 1_000_000_000L));
    times.putLong(offset + 8L, Math.floorMod(time, 1_000_000_000L));
  }
}
