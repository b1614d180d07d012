package io.trifold.farm;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Deletions that go to other hosts, as text, in batches. Pure. */
final class Deletions {
  /** The most characters of a batch. */
  static final int MOST = 32 << 10;

  private static final char END = '\0';

  private Deletions() {}

  /** What was deleted: a directory with all that was below it. */
  record Deletion(String path, boolean directory) {}

  /** In batches, each of which can be sent; of what is below a deleted directory, nothing. */
  static List<String> write(Collection<Deletion> deletions) {
    Map<String, Deletion> byPath = new LinkedHashMap<>();
    deletions.forEach(d -> byPath.merge(d.path(), d, (a, b) -> a.directory() ? a : b));
    List<String> batches = new ArrayList<>();
    StringBuilder batch = new StringBuilder();
    for (Deletion deletion : byPath.values()) {
      if (isBelowAnother(deletion.path(), byPath)) {
        continue;
      }
      if (batch.length() + deletion.path().length() + 2 > MOST) {
        batches.add(batch.toString());
        batch.setLength(0);
      }
      batch.append(deletion.directory() ? 'd' : 'f').append(deletion.path()).append(END);
    }
    if (!batch.isEmpty()) {
      batches.add(batch.toString());
    }
    return batches;
  }

  private static boolean isBelowAnother(String path, Map<String, Deletion> byPath) {
    for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      Deletion above = byPath.get(path.substring(0, slash));
      if (above != null && above.directory()) {
        return true;
      }
    }
    return false;
  }

  /**
   * Reads a batch.
   *
   * @throws IllegalArgumentException if it is none, or names something that is no path below a root
   */
  static List<Deletion> read(String batch) {
    List<Deletion> deletions = new ArrayList<>();
    for (int from = 0; from < batch.length(); ) {
      int end = batch.indexOf(END, from);
      char kind = batch.charAt(from);
      if (end < 0 || (kind != 'd' && kind != 'f')) {
        throw new IllegalArgumentException("not a list of deletions");
      }
      deletions.add(new Deletion(checked(batch.substring(from + 1, end)), kind == 'd'));
      from = end + 1;
    }
    return deletions;
  }

  private static String checked(String path) {
    for (String name : path.split("/", -1)) {
      if (name.isEmpty() || name.equals(".") || name.equals("..")) {
        throw new IllegalArgumentException("\"" + path + "\" is no path below the root");
      }
    }
    return path;
  }
}
