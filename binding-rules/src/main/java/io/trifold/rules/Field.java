package io.trifold.rules;

import java.util.ArrayList;
import java.util.List;

/**
 * A word of a line: what stands between spaces and tabs. A backslash keeps the character after it,
 * also a space, from separating; it stays in the text.
 *
 * @param text the word as it was written
 * @param index of its first character in the line
 */
record Field(String text, int index) {

  /** The words of a line, up to one that begins with {@code #}: from there it is a comment. */
  static List<Field> of(String line) {
    List<Field> fields = new ArrayList<>();
    int at = 0;
    while (true) {
      while (at < line.length() && separates(line.charAt(at))) {
        at++;
      }
      if (at == line.length() || line.charAt(at) == '#') {
        return fields;
      }
      int start = at;
      while (at < line.length() && !separates(line.charAt(at))) {
        at += line.charAt(at) == '\\' ? 2 : 1;
      }
      // A backslash that ends the line has nothing to keep; whoever reads the word will say so.
      at = Math.min(at, line.length());
      fields.add(new Field(line.substring(start, at), start));
    }
  }

  private static boolean separates(char c) {
    return c == ' ' || c == '\t';
  }
}
