package io.trifold.queue;

/**
 * Which bytes are a path of the log: components of 1 to 255 bytes, none of them {@code .} or {@code
 * ..}, joined by single slashes, 4095 bytes at most, no NUL. So a path names something below the
 * root, and there is one way to write it.
 */
final class PathRules {
  static final int MAX_PATH = 4095;
  private static final int MAX_NAME = 255;

  private PathRules() {}

  static void check(byte[] path) throws MalformedEventException {
    if (path.length == 0) {
      throw new MalformedEventException("the path is empty");
    }
    if (path.length > MAX_PATH) {
      throw new MalformedEventException("the path is longer than " + MAX_PATH + " bytes");
    }
    int start = 0;
    for (int i = 0; i <= path.length; i++) {
      if (i == path.length || path[i] == '/') {
        checkName(path, start, i);
        start = i + 1;
      } else if (path[i] == 0) {
        throw new MalformedEventException("the path has a NUL");
      }
    }
  }

  private static void checkName(byte[] path, int start, int end) throws MalformedEventException {
    int length = end - start;
    if (length == 0) {
      throw new MalformedEventException("the path has an empty name");
    }
    if (length > MAX_NAME) {
      throw new MalformedEventException("the path has a name longer than " + MAX_NAME + " bytes");
    }
    boolean dots = path[start] == '.' && path[end - 1] == '.';
    if (dots && length <= 2) {
      throw new MalformedEventException("the path has a name of dots");
    }
  }
}
