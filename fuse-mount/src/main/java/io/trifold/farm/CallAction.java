package io.trifold.farm;

import java.util.List;

/** What a call does. */
public sealed interface CallAction {
  /**
   * Runs a program.
   *
   * @param words the program and its arguments; {@code {name}} in one of them stands for the call's
   *     argument of that name
   */
  record Command(List<String> words) implements CallAction {
    public Command {
      words = List.copyOf(words);
    }
  }

  /**
   * Something that is built in.
   *
   * @param then the calls that follow it on the same host, without asking the others
   */
  record BuiltIn(Operation operation, List<String> then) implements CallAction {
    public BuiltIn {
      then = List.copyOf(then);
    }
  }

  /** What is built in. */
  enum Operation {
    /** Has the kernel ask anew for what it keeps of the mount. */
    DROP_KERNEL_CACHES,
    /** Reads the mount's rules anew. */
    RELOAD_RULES,
    /** Compares the host with the log. */
    VERIFY,
    /** Brings a working tree to what its upstream has. */
    GIT_PULL,
    /** Deletes here what was deleted on another host. Is not declared. */
    DELETE
  }
}
