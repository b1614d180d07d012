package io.trifold.differential;

import io.trifold.differential.actor.Operation;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/**
 * One operation of a script.
 *
 * @param actor which of a side's processes makes it
 */
record Step(int actor, Operation operation) {
  private static final int[] FIRST = {0};
  private static final int[] SECOND = {1};
  private static final int[] BOTH = {0, 1};

  /** Which arguments are paths. */
  private static final Map<String, int[]> PATHS =
      Map.ofEntries(
          Map.entry("open", SECOND),
          Map.entry("truncate", FIRST),
          Map.entry("mkdir", FIRST),
          Map.entry("mknod", FIRST),
          Map.entry("symlink", SECOND),
          Map.entry("readlink", FIRST),
          Map.entry("link", BOTH),
          Map.entry("linkfd", SECOND),
          Map.entry("unlink", FIRST),
          Map.entry("rmdir", FIRST),
          Map.entry("rename", BOTH),
          Map.entry("move", BOTH),
          Map.entry("chmod", FIRST),
          Map.entry("chown", FIRST),
          Map.entry("lchown", FIRST),
          Map.entry("utimens", FIRST),
          Map.entry("access", FIRST),
          Map.entry("stat", FIRST),
          Map.entry("lstat", FIRST),
          Map.entry("setxattr", FIRST),
          Map.entry("getxattr", FIRST),
          Map.entry("removexattr", FIRST),
          Map.entry("readdir", FIRST));

  static Step parse(String line) {
    int space = line.indexOf(' ');
    return new Step(
        Integer.parseInt(line.substring(0, space)), Operation.parse(line.substring(space + 1)));
  }

  @Override
  public String toString() {
    return actor + " " + operation;
  }

  /** The paths that it names. */
  List<String> paths() {
    List<String> paths = new ArrayList<>();
    for (int argument : PATHS.getOrDefault(operation.call(), new int[0])) {
      paths.add(operation.arguments().get(argument));
    }
    return paths;
  }

  /** What it may change: the paths that it names, and the directories that those are in. */
  Collection<String> touched() {
    Collection<String> touched = new LinkedHashSet<>();
    for (String path : paths()) {
      touched.add(path);
      touched.add(path.contains("/") ? path.substring(0, path.lastIndexOf('/')) : ".");
    }
    return touched;
  }
}
