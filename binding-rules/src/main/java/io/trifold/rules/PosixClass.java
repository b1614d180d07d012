package io.trifold.rules;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The POSIX character classes of a set, {@code [[:alpha:]]}; of ASCII alone, as in git. */
final class PosixClass {
  private static final Map<String, List<int[]>> CLASSES = new TreeMap<>();

  static {
    define("alnum", "09AZaz");
    define("alpha", "AZaz");
    define("blank", "\t\t  ");
    define("cntrl", "\0\u001f\u007f\u007f");
    define("digit", "09");
    define("graph", "!~");
    define("lower", "az");
    define("print", " ~");
    define("punct", "!/:@[`{~");
    // Without vertical tab and form feed: git's own table of spaces.
    define("space", "\t\n\r\r  ");
    define("upper", "AZ");
    define("xdigit", "09AFaf");
  }

  private PosixClass() {}

  private static void define(String name, String bounds) {
    List<int[]> ranges = new ArrayList<>();
    for (int i = 0; i < bounds.length(); i += 2) {
      ranges.add(new int[] {bounds.charAt(i), bounds.charAt(i + 1)});
    }
    CLASSES.put(name, List.copyOf(ranges));
  }

  /** The ranges of a class, or null if there is none of that name. */
  static List<int[]> ranges(String name) {
    return CLASSES.get(name);
  }

  static List<String> names() {
    return List.copyOf(CLASSES.keySet());
  }
}
