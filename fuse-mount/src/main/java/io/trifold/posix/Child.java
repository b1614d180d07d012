package io.trifold.posix;

import static io.trifold.posix.LibC.C;

import io.trifold.rules.FileNames;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import jnr.ffi.Pointer;

/**
 * A program that was started with descriptors of this process, which {@link ProcessBuilder} cannot
 * hand on. {@link #await} must be called once, or the process stays as a zombie.
 */
public final class Child {
  private static final int FILE_ACTIONS_SIZE = 128;

  private final int pid;

  private Child(int pid) {
    this.pid = pid;
  }

  /**
   * Starts a program ({@code posix_spawn(3)}).
   *
   * @param command the absolute path of the program and its arguments
   * @param environment all of it, each {@code NAME=value}
   * @param descriptors for each descriptor of the child that it is to have, the one of this process
   */
  public static Child start(
      List<String> command, List<String> environment, Map<Integer, Integer> descriptors)
      throws ErrnoException {
    Pointer actions = Posix.allocate(FILE_ACTIONS_SIZE);
    check(C.posix_spawn_file_actions_init(actions), command);
    try {
      for (Map.Entry<Integer, Integer> descriptor : descriptors.entrySet()) {
        check(
            C.posix_spawn_file_actions_adddup2(actions, descriptor.getValue(), descriptor.getKey()),
            command);
      }
      Pointer pid = Posix.allocate(Integer.BYTES);
      List<Pointer> reachable = new ArrayList<>();
      Pointer arguments = strings(command, reachable);
      Pointer variables = strings(environment, reachable);
      byte[] program = Posix.c(command.get(0));
      try {
        check(C.posix_spawn(pid, program, actions, null, arguments, variables), command);
      } finally {
        Reference.reachabilityFence(reachable);
      }
      return new Child(pid.getInt(0));
    } finally {
      C.posix_spawn_file_actions_destroy(actions);
    }
  }

  /** Waits for its end: the exit status, or 128 + the signal that ended it, as a shell has it. */
  public int await() throws ErrnoException {
    Pointer status = Posix.allocate(Integer.BYTES);
    while (C.waitpid(pid, status, 0) < 0) {
      if (!Posix.interrupted()) {
        throw Posix.failure("waitpid");
      }
    }
    int word = status.getInt(0);
    int signal = word & 0x7f;
    return signal == 0 ? word >> 8 & 0xff : 128 + signal;
  }

  /** An array of pointers to C strings, ending in NULL; the memory of both is kept in a list. */
  private static Pointer strings(List<String> strings, List<Pointer> reachable) {
    Pointer array = Posix.allocate((strings.size() + 1) * Long.BYTES);
    reachable.add(array);
    for (int i = 0; i < strings.size(); i++) {
      byte[] bytes = FileNames.encode(strings.get(i));
      Pointer string = Posix.allocate(bytes.length + 1);
      string.put(0, bytes, 0, bytes.length);
      reachable.add(string);
      array.putPointer((long) i * Long.BYTES, string);
    }
    return array;
  }

  /** The {@code posix_spawn} family returns the error number. */
  private static void check(int errno, List<String> command) throws ErrnoException {
    if (errno != 0) {
      throw new ErrnoException(errno, command.get(0));
    }
  }
}
