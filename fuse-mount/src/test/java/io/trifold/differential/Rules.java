package io.trifold.differential;

import io.trifold.differential.actor.Operation;
import io.trifold.posix.Errno;
import java.util.Set;

/**
 * The rule sets that scripts run under. Where names in one directory are bound to different sides,
 * not all can be as on one disk: some names cannot change places ({@code EXDEV}), a moved file is a
 * copy, and a directory of which there are two has the links, the size and the times of one.
 */
enum Rules {
  LOCAL(""),
  PROPAGATED("propagated /*\n"),
  REMOTE("remote /*\n"),
  MIXED("remote *.r\npropagated *.p\n");

  private static final String CROSSING = Errno.name(Errno.EXDEV);
  private static final Set<String> TWO_NAMES = Set.of("rename", "link", "linkfd");

  private final String text;

  Rules(String text) {
    this.text = text;
  }

  String text() {
    return text;
  }

  /** Whether it takes the mount's answer to know what the disk is to do. */
  boolean concern(Operation operation) {
    return this == MIXED && TWO_NAMES.contains(operation.call());
  }

  /**
   * Whether the mount may refuse this.
   *
   * @param look what stands at the two names
   */
  boolean mayRefuse(Operation operation, String answer, String look) {
    boolean ofDirectory =
        operation.arguments().stream()
            .map(path -> Operation.escape(path) + " mode=4")
            .anyMatch(item -> look.startsWith(item) || look.contains("; " + item));
    return answer.equals(CROSSING)
        && (ofDirectory
            || operation.call().equals("linkfd")
            || operation.arguments().contains("FOLLOW")
            || !binding(operation, 0).equals(binding(operation, 1)));
  }

  /** What the disk does to become as the mount. */
  Operation onDisk(Operation operation) {
    boolean moves =
        operation.call().equals("rename")
            && !operation.arguments().get(2).equals("EXCHANGE")
            && !operation.arguments().contains(".")
            && isShared(binding(operation, 0)) != isShared(binding(operation, 1));
    return moves ? new Operation("move", operation.arguments()) : operation;
  }

  boolean moves(Operation operation) {
    return concern(operation) && onDisk(operation).call().equals("move");
  }

  private static boolean isShared(String binding) {
    return binding.equals("r");
  }

  private static String binding(Operation operation, int argument) {
    String path = operation.arguments().get(argument);
    return path.endsWith(".r") || path.endsWith(".p") ? path.substring(path.length() - 1) : "";
  }

  /** An answer without what cannot be as on one disk. */
  String comparable(String answer) {
    return this == MIXED
        ? answer
            .replaceAll("(mode=4\\d+) nlink=\\d+ (.*) size=\\d+ .*ctime=\\w+", "$1 $2")
            .replaceAll("mtime=(kept|set)", "mtime=recent")
        : answer;
  }
}
