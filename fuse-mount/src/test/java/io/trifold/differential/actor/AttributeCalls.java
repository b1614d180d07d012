package io.trifold.differential.actor;

import static io.trifold.differential.actor.Native.C;

import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import java.util.Map;
import jnr.ffi.Pointer;

/** Modes, owners, times, and what stands where. */
final class AttributeCalls {
  private final Slots slots;
  private final Observer observer;

  AttributeCalls(Slots slots, Observer observer) {
    this.slots = slots;
    this.observer = observer;
  }

  void addTo(Map<String, Call> calls) {
    calls.put("chmod", a -> Result.done(C.chmod(a.path(), a.number())));
    calls.put("fchmod", a -> Result.done(C.fchmod(slots.fd(a), a.number())));
    calls.put("chown", a -> Result.done(C.chown(a.path(), a.number(), a.number())));
    calls.put("lchown", a -> Result.done(C.lchown(a.path(), a.number(), a.number())));
    calls.put("fchown", a -> Result.done(C.fchown(slots.fd(a), a.number(), a.number())));
    calls.put("utimens", this::utimens);
    calls.put("futimens", a -> Result.done(C.futimens(slots.fd(a), Times.take(a))));
    calls.put("stat", a -> observer.stat(a.path(), 0));
    calls.put("lstat", a -> observer.stat(a.path(), Attributes.AT_SYMLINK_NOFOLLOW));
    calls.put("fstat", this::fstat);
    calls.put("access", a -> Result.done(C.access(a.path(), a.flags())));
    calls.put("statfs", AttributeCalls::statfs);
  }

  private String fstat(Arguments arguments) throws ErrnoException {
    int slot = arguments.number();
    return observer.fstat(slot, slots.fd(slot));
  }

  private String utimens(Arguments arguments) throws ErrnoException {
    byte[] path = arguments.path();
    Pointer times = Times.take(arguments);
    return Result.done(C.utimensat(Posix.AT_FDCWD, path, times, arguments.flags()));
  }

  /** The size of blocks, and how long a name may be; the rest changes by the minute. */
  private static String statfs(Arguments arguments) throws ErrnoException {
    Pointer statfs = Memory.BUFFER;
    Result.of(C.statfs(arguments.path(), statfs));
    return statfs.getLong(8) + " " + statfs.getLong(64);
  }
}
