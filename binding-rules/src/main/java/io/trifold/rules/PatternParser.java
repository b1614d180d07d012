package io.trifold.rules;

import java.util.ArrayList;
import java.util.List;

/**
 * Reads one pattern: gitignore's syntax, with the meaning that git's {@code wildmatch} gives it
 * under {@code WM_PATHNAME}, counted in characters where git counts bytes. What git silently takes
 * as a pattern that never matches is an error here.
 */
final class PatternParser {
  private final String text;
  private int at;

  private PatternParser(String text) {
    this.text = text;
  }

  static Pattern parse(String text) throws SyntaxException {
    return new PatternParser(text).pattern();
  }

  private Pattern pattern() throws SyntaxException {
    if (text.startsWith("!")) {
      throw new SyntaxException(
          0,
          "\"!\" has no meaning here, as the last rule that matches decides; write a later rule"
              + " with the other binding, or \\! for a name that begins with it");
    }
    if (text.equals("/")) {
      throw new SyntaxException(
          0, "\"/\" is the root itself, which is always local; write /* for all that is in it");
    }
    List<Segment> segments = new ArrayList<>();
    boolean anchored = text.startsWith("/");
    boolean directoriesOnly = false;
    at = anchored ? 1 : 0;
    while (true) {
      segments.add(segment());
      if (at == text.length()) {
        break;
      }
      at++;
      if (at == text.length()) {
        directoriesOnly = true;
        break;
      }
      anchored = true;
    }
    return new Pattern(normalised(segments, anchored), directoriesOnly);
  }

  /**
   * Makes "at any depth" explicit, and a last {@code **} an {@code AnyName}: as a match of a
   * directory binds all below it, "everything below" and "every entry" are the same.
   */
  private static List<Segment> normalised(List<Segment> segments, boolean anchored) {
    List<Segment> result = new ArrayList<>(segments.size() + 1);
    if (!anchored) {
      result.add(new Segment.AnyDepth());
    }
    int last = segments.size() - 1;
    for (int i = 0; i <= last; i++) {
      Segment segment = segments.get(i);
      if (segment instanceof Segment.AnyDepth) {
        if (i == last) {
          segment = new Segment.AnyName();
        } else if (!result.isEmpty() && result.get(result.size() - 1).equals(segment)) {
          continue;
        }
      }
      result.add(segment);
    }
    return List.copyOf(result);
  }

  /** Reads up to the next slash or the end. */
  private Segment segment() throws SyntaxException {
    int start = at;
    List<Atom> atoms = new ArrayList<>();
    StringBuilder literal = new StringBuilder();
    boolean plain = true;
    while (at < text.length() && text.charAt(at) != '/') {
      Atom atom = atom();
      if (atom instanceof Atom.Char c) {
        literal.appendCodePoint(c.codePoint());
      } else {
        plain = false;
      }
      boolean repeatedRun =
          atom instanceof Atom.AnyRun
              && !atoms.isEmpty()
              && atoms.get(atoms.size() - 1) instanceof Atom.AnyRun;
      if (!repeatedRun) {
        atoms.add(atom);
      }
    }
    if (atoms.isEmpty()) {
      throw new SyntaxException(start, "an empty name between slashes; write one slash");
    }
    if (plain) {
      String name = literal.toString();
      if (name.equals(".") || name.equals("..")) {
        throw new SyntaxException(
            start,
            "\""
                + name
                + "\" never matches; patterns start at the root of the mount, leave it out");
      }
      return new Segment.Literal(name);
    }
    if (atoms.size() == 1 && atoms.get(0) instanceof Atom.AnyRun) {
      return at - start >= 2 ? new Segment.AnyDepth() : new Segment.AnyName();
    }
    return new Segment.Glob(List.copyOf(atoms));
  }

  private Atom atom() throws SyntaxException {
    int start = at;
    int c = next();
    return switch (c) {
      case '*' -> new Atom.AnyRun();
      case '?' -> new Atom.AnyChar();
      case '[' -> new Atom.OneOf(set(start));
      case '\\' -> new Atom.Char(escaped(start));
      default -> new Atom.Char(checked(c, start));
    };
  }

  private int escaped(int start) throws SyntaxException {
    if (at == text.length()) {
      throw new SyntaxException(
          start, "nothing follows this \\; write \\\\ for the character itself");
    }
    if (text.charAt(at) == '/') {
      throw new SyntaxException(start, "a slash cannot be escaped, no name holds one; write /");
    }
    return checked(next(), start);
  }

  private static int checked(int codePoint, int start) throws SyntaxException {
    if (codePoint == 0) {
      throw new SyntaxException(start, "a NUL character, which no name holds; remove it");
    }
    return codePoint;
  }

  private int next() {
    int c = text.codePointAt(at);
    at += Character.charCount(c);
    return c;
  }

  /**
   * Reads a set, after its opening bracket, step for step as {@code wildmatch} does: the first
   * character is never the closing bracket, a hyphen makes a range only between two characters, and
   * neither a range nor a class can begin a range.
   */
  private CharSet set(int start) throws SyntaxException {
    int c = nextInSet(start);
    boolean negated = c == '!' || c == '^';
    if (negated) {
      c = nextInSet(start);
    }
    List<int[]> ranges = new ArrayList<>();
    int previous = 0;
    do {
      if (c == '\\') {
        c = nextInSet(start);
        ranges.add(new int[] {c, c});
        previous = c;
      } else if (c == '-' && previous != 0 && at < text.length() && text.charAt(at) != ']') {
        ranges.add(range(previous, start));
        previous = 0;
      } else if (c == '[' && className() != null) {
        ranges.addAll(characterClass());
        previous = 0;
      } else {
        ranges.add(new int[] {c, c});
        previous = c;
      }
      c = nextInSet(start);
    } while (c != ']');
    CharSet set = CharSet.of(ranges);
    return negated ? set.complement() : set;
  }

  private int nextInSet(int start) throws SyntaxException {
    if (at == text.length() || text.charAt(at) == '/') {
      throw new SyntaxException(
          start,
          "this [ is not closed; close it with ] (a space in it is written \"\\ \"), or write \\["
              + " for the character itself");
    }
    return checked(next(), start);
  }

  /** Reads the end of a range, after its hyphen. */
  private int[] range(int first, int start) throws SyntaxException {
    int from = at;
    int last = nextInSet(start);
    if (last == '\\') {
      last = nextInSet(start);
    }
    if (first > last) {
      throw new SyntaxException(
          from,
          "the range "
              + Character.toString(first)
              + "-"
              + Character.toString(last)
              + " is empty; write its lower end first");
    }
    return new int[] {first, last};
  }

  /** The name in {@code :name:]} if that stands next, else null; reads nothing. */
  private String className() {
    if (at == text.length() || text.charAt(at) != ':') {
      return null;
    }
    int close = text.indexOf(']', at + 1);
    return close >= at + 2 && text.charAt(close - 1) == ':'
        ? text.substring(at + 1, close - 1)
        : null;
  }

  private List<int[]> characterClass() throws SyntaxException {
    String name = className();
    List<int[]> ranges = PosixClass.ranges(name);
    if (ranges == null) {
      throw new SyntaxException(
          at + 1,
          "unknown character class \""
              + name
              + "\"; "
              + Spelling.suggest(name, PosixClass.names()));
    }
    at += name.length() + 3;
    return ranges;
  }
}
