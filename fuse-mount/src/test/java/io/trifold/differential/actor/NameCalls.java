package io.trifold.differential.actor;

import static io.trifold.differential.actor.Native.C;

import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import java.util.Map;

/** Making, moving and removing names. */
final class NameCalls {
  private static final int AT_SYMLINK_FOLLOW = 0x400;

  private final Slots slots;

  NameCalls(Slots slots) {
    this.slots = slots;
  }

  void addTo(Map<String, Call> calls) {
    calls.put("mkdir", a -> Result.done(C.mkdir(a.path(), a.number())));
    calls.put("mknod", NameCalls::mknod);
    calls.put("symlink", a -> Result.done(C.symlink(a.path(), a.path())));
    calls.put("readlink", NameCalls::readlink);
    calls.put("link", NameCalls::link);
    calls.put("linkfd", this::linkOpenFile);
    calls.put("unlink", a -> Result.done(C.unlink(a.path())));
    calls.put("rmdir", a -> Result.done(C.rmdir(a.path())));
    calls.put("rename", NameCalls::rename);
    calls.put("move", Move::run);
  }

  private static String mknod(Arguments arguments) throws ErrnoException {
    byte[] path = arguments.path();
    int mode = arguments.flags() | arguments.number();
    return Result.done(C.mknod(path, mode, arguments.wide()));
  }

  private static String readlink(Arguments arguments) throws ErrnoException {
    byte[] path = arguments.path();
    return Result.data(Memory.bytes(Result.of(C.readlink(path, Memory.BUFFER, Memory.SIZE))));
  }

  private static String link(Arguments arguments) throws ErrnoException {
    byte[] path = arguments.path();
    byte[] newPath = arguments.path();
    int at = Posix.AT_FDCWD;
    return Result.done(C.linkat(at, path, at, newPath, arguments.flags()));
  }

  /** Gives an open file a name, also one that has none any more or none yet. */
  private String linkOpenFile(Arguments arguments) throws ErrnoException {
    byte[] path = Arguments.terminated("/proc/self/fd/" + slots.fd(arguments));
    int at = Posix.AT_FDCWD;
    return Result.done(C.linkat(at, path, at, arguments.path(), AT_SYMLINK_FOLLOW));
  }

  private static String rename(Arguments arguments) throws ErrnoException {
    byte[] path = arguments.path();
    byte[] newPath = arguments.path();
    int at = Posix.AT_FDCWD;
    return Result.done(C.renameat2(at, path, at, newPath, arguments.flags()));
  }
}
