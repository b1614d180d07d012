package io.trifold.differential.actor;

import static io.trifold.differential.actor.Native.C;

import io.trifold.posix.ErrnoException;
import java.util.Map;
import jnr.ffi.Pointer;

/**
 * Whom this thread acts for. The library's functions would change all threads and take long over
 * it, so the system calls are made by their numbers. The saved user id stays root's, which is no
 * privilege until it is taken up again.
 */
final class Identity {
  private static final boolean ARM = System.getProperty("os.arch").equals("aarch64");
  private static final long SETRESUID = ARM ? 147 : 117;
  private static final long SETRESGID = ARM ? 149 : 119;
  private static final long SETGROUPS = ARM ? 159 : 116;

  private int uid;
  private int gid;
  private int[] groups = {};

  void addTo(Map<String, Call> calls) {
    calls.put("as", this::as);
  }

  private String as(Arguments arguments) throws ErrnoException {
    uid = arguments.number();
    gid = arguments.number();
    groups = new int[arguments.hasNext() ? 1 : 0];
    if (groups.length > 0) {
      groups[0] = arguments.number();
    }
    take(uid, gid, groups);
    return "0";
  }

  /** What is done as root, whoever the actor is otherwise. */
  @FunctionalInterface
  interface Privileged<T> {
    T run() throws ErrnoException;
  }

  <T> T asRoot(Privileged<T> action) throws ErrnoException {
    if (uid == 0) {
      return action.run();
    }
    take(0, 0, new int[0]);
    try {
      return action.run();
    } finally {
      take(uid, gid, groups);
    }
  }

  private static void take(int uid, int gid, int[] groups) throws ErrnoException {
    Result.of(C.syscall(SETRESUID, 0, 0, 0));
    Pointer list = Memory.BUFFER;
    list.put(0, groups, 0, groups.length);
    Result.of(C.syscall(SETGROUPS, groups.length, list));
    Result.of(C.syscall(SETRESGID, gid, gid, 0));
    Result.of(C.syscall(SETRESUID, uid, uid, 0));
  }
}
