package io.trifold.fuse.jnr;

import io.trifold.rules.FileNames;
import java.util.ArrayList;
import java.util.List;
import jnr.ffi.Pointer;

/** Paths as libfuse gives them: from the mount's root, with a leading slash. */
final class Paths {
  private static final int MAX = 64 * 1024;

  private Paths() {}

  /** The text of a C string. */
  static String read(Pointer string) {
    int length = string.indexOf(0, (byte) 0, MAX);
    if (length < 0) {
      throw new IllegalArgumentException("a path without end");
    }
    byte[] bytes = new byte[length];
    string.get(0, bytes, 0, length);
    return FileNames.decode(bytes);
  }

  /** The components, none for the root. */
  static List<String> names(String path) {
    List<String> names = new ArrayList<>();
    int from = 1;
    while (from < path.length()) {
      int slash = path.indexOf('/', from);
      int end = slash < 0 ? path.length() : slash;
      names.add(path.substring(from, end));
      from = end + 1;
    }
    return names;
  }

  /** The path of the directory that a path is in; the root's own is the root. */
  static String directory(String path) {
    int slash = path.lastIndexOf('/');
    return slash <= 0 ? "/" : path.substring(0, slash);
  }

  /** The last component, empty for the root. */
  static String name(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }
}
