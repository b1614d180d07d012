package io.trifold.differential.actor;

import static io.trifold.differential.actor.Native.C;

import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import java.util.Map;
import jnr.ffi.Pointer;

/** Locks that are tried for, never waited for. */
final class LockCalls {
  private static final int F_GETLK = 5;
  private static final int F_SETLK = 6;
  private static final int F_UNLCK = 2;
  private static final Map<String, Integer> FLOCKS =
      Map.of("shared", Posix.LOCK_SH, "exclusive", Posix.LOCK_EX, "none", Posix.LOCK_UN);
  private static final Map<String, Integer> RECORD_LOCKS =
      Map.of("shared", 0, "exclusive", 1, "none", F_UNLCK);

  private final Slots slots;

  LockCalls(Slots slots) {
    this.slots = slots;
  }

  void addTo(Map<String, Call> calls) {
    calls.put("flock", this::flock);
    calls.put("setlock", this::setLock);
    calls.put("getlock", this::getLock);
  }

  private String flock(Arguments arguments) throws ErrnoException {
    int fd = slots.fd(arguments);
    return Result.done(C.flock(fd, FLOCKS.get(arguments.text()) | Posix.LOCK_NB));
  }

  private String setLock(Arguments arguments) throws ErrnoException {
    int fd = slots.fd(arguments);
    return Result.done(C.fcntl(fd, F_SETLK, lock(arguments)));
  }

  /** Who holds it is not said: the two sides' processes have other numbers. */
  private String getLock(Arguments arguments) throws ErrnoException {
    int fd = slots.fd(arguments);
    Pointer lock = lock(arguments);
    Result.of(C.fcntl(fd, F_GETLK, lock));
    int type = lock.getShort(0);
    return type == F_UNLCK ? "free" : type + " " + lock.getLong(8) + " " + lock.getLong(16);
  }

  /** {@code struct flock}; the offset counts from the file's beginning. */
  private static Pointer lock(Arguments arguments) {
    Pointer lock = Memory.BUFFER;
    lock.setMemory(0, 32, (byte) 0);
    lock.putShort(0, RECORD_LOCKS.get(arguments.text()).shortValue());
    lock.putLong(8, arguments.wide());
    lock.putLong(16, arguments.wide());
    return lock;
  }
}
