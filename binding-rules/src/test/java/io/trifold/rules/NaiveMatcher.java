package io.trifold.rules;

import java.util.List;

/**
 * The meaning of rules, as plainly as it can be said: every rule is tried on the path and on each
 * directory above it, by a backtracking matcher that shares nothing with the automaton but the
 * pattern's text.
 */
final class NaiveMatcher {
  private final int[] pattern;
  private final int[] text;

  private NaiveMatcher(String pattern, String text) {
    this.pattern = pattern.codePoints().toArray();
    this.text = text.codePoints().toArray();
  }

  /** The rule that decides for {@code path}. */
  static Rule decide(List<Rule> rules, String path, boolean directory) {
    Rule decides = Rule.DEFAULT;
    for (Rule rule : rules) {
      if (matchesOrAbove(rule.pattern(), path, directory)) {
        decides = rule;
      }
    }
    return decides;
  }

  private static boolean matchesOrAbove(String pattern, String path, boolean directory) {
    for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      if (matches(pattern, path.substring(0, slash), true)) {
        return true;
      }
    }
    return matches(pattern, path, directory);
  }

  /** Whether the pattern matches the path itself. */
  static boolean matches(String pattern, String path, boolean directory) {
    String rest = pattern;
    if (rest.endsWith("/")) {
      if (!directory) {
        return false;
      }
      rest = rest.substring(0, rest.length() - 1);
    }
    if (!rest.contains("/")) {
      return new NaiveMatcher(rest, path.substring(path.lastIndexOf('/') + 1)).from(0, 0);
    }
    return new NaiveMatcher(rest.startsWith("/") ? rest.substring(1) : rest, path).from(0, 0);
  }

  private boolean from(int p, int t) {
    if (p == pattern.length) {
      return t == text.length;
    }
    if (pattern[p] == '*') {
      return stars(p, t);
    }
    if (t == text.length) {
      return false;
    }
    return switch (pattern[p]) {
      case '?' -> text[t] != '/' && from(p + 1, t + 1);
      case '[' -> text[t] != '/' && set(p + 1, t);
      case '\\' -> text[t] == pattern[p + 1] && from(p + 2, t + 1);
      default -> text[t] == pattern[p] && from(p + 1, t + 1);
    };
  }

  private boolean stars(int p, int t) {
    int end = p;
    while (end < pattern.length && pattern[end] == '*') {
      end++;
    }
    boolean whole =
        end - p >= 2
            && (p == 0 || pattern[p - 1] == '/')
            && (end == pattern.length || pattern[end] == '/');
    if (whole && end == pattern.length) {
      return t < text.length;
    }
    if (whole) {
      if (from(end + 1, t)) {
        return true;
      }
      for (int i = t; i < text.length; i++) {
        if (text[i] == '/' && from(end + 1, i + 1)) {
          return true;
        }
      }
      return false;
    }
    for (int i = t; i <= text.length; i++) {
      if (from(end, i)) {
        return true;
      }
      if (i < text.length && text[i] == '/') {
        return false;
      }
    }
    return false;
  }

  private boolean set(int p, int t) {
    boolean negated = pattern[p] == '!' || pattern[p] == '^';
    int i = negated ? p + 1 : p;
    int first = i;
    boolean in = false;
    int low = -1;
    while (pattern[i] != ']' || i == first) {
      String rest = new String(pattern, i, pattern.length - i);
      if (rest.matches("(?s)\\[:[^\\]]*:\\].*")) {
        String name = rest.substring(2, rest.indexOf(']') - 1);
        in |= isOfClass(name, text[t]);
        i += name.length() + 4;
        low = -1;
      } else if (pattern[i] == '-' && low >= 0 && pattern[i + 1] != ']') {
        i += pattern[i + 1] == '\\' ? 2 : 1;
        in |= low <= text[t] && text[t] <= pattern[i];
        i++;
        low = -1;
      } else {
        i += pattern[i] == '\\' ? 1 : 0;
        in |= text[t] == pattern[i];
        low = pattern[i];
        i++;
      }
    }
    return in != negated && from(i + 1, t + 1);
  }

  private static boolean isOfClass(String name, int c) {
    if (c > 127) {
      return false;
    }
    return switch (name) {
      case "alpha" -> Character.isLetter(c);
      case "digit" -> Character.isDigit(c);
      case "alnum" -> Character.isLetterOrDigit(c);
      case "upper" -> Character.isUpperCase(c);
      case "lower" -> Character.isLowerCase(c);
      case "xdigit" -> Character.digit(c, 16) >= 0;
      case "blank" -> c == ' ' || c == '\t';
      case "space" -> c == ' ' || c == '\t' || c == '\n' || c == '\r';
      case "cntrl" -> Character.isISOControl(c);
      case "graph" -> c > ' ' && c < 127;
      case "print" -> c >= ' ' && c < 127;
      case "punct" -> c > ' ' && c < 127 && !Character.isLetterOrDigit(c);
      default -> throw new IllegalArgumentException(name);
    };
  }
}
