package io.trifold.replica;

import io.trifold.rules.FileNames;
import io.trifold.rules.RuleState;

/** Paths relative to the root, as text: what is one, what is kept out of sight, who is above. */
final class PathNames {
  /** At the root: the mount's own directory; below it, the replica's staging directory. */
  static final String OWN = ".trifold";

  /** Anywhere: how a file is named while it is being made beside its place. */
  static final String BESIDE = ".trifold~";

  private static final int MAX_PATH = 4095;
  private static final int MAX_NAME = 255;

  private PathNames() {}

  /**
   * Whether an event may name this path: components that are names, none of them the mount's own,
   * as long as the kernel takes them.
   */
  static boolean valid(String path) {
    if (FileNames.encode(path).length > MAX_PATH || isHidden(path)) {
      return false;
    }
    for (String name : path.split("/", -1)) {
      if (name.isEmpty()
          || name.equals(".")
          || name.equals("..")
          || name.indexOf('\0') >= 0
          || FileNames.encode(name).length > MAX_NAME) {
        return false;
      }
    }
    return true;
  }

  /** Whether the path is the mount's own business: it neither travels nor is it scanned. */
  static boolean isHidden(String path) {
    return path.equals(OWN)
        || path.startsWith(OWN + "/")
        || path.startsWith(BESIDE)
        || path.contains("/" + BESIDE);
  }

  /** The directory of the path; empty for the root. */
  static String parent(String path) {
    int slash = path.lastIndexOf('/');
    return slash < 0 ? "" : path.substring(0, slash);
  }

  static String child(String directory, String name) {
    return directory.isEmpty() ? name : directory + "/" + name;
  }

  /** Whether the path lies strictly below the directory. */
  static boolean isBelow(String path, String directory) {
    return directory.isEmpty()
        ? !path.isEmpty()
        : path.length() > directory.length()
            && path.charAt(directory.length()) == '/'
            && path.startsWith(directory);
  }

  /** The number of components. */
  static int depth(String path) {
    return path.isEmpty() ? 0 : 1 + (int) path.chars().filter(c -> c == '/').count();
  }

  /** The state of a path in a rule set. */
  static RuleState rules(RuleState root, String path) {
    RuleState state = root;
    for (int from = 0; from < path.length(); ) {
      int slash = path.indexOf('/', from);
      int to = slash < 0 ? path.length() : slash;
      state = state.step(path.substring(from, to));
      from = to + 1;
    }
    return state;
  }
}
