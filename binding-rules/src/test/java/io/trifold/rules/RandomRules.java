package io.trifold.rules;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Random patterns and paths over few characters, so that they meet often; each run prints the seed
 * that repeats it ({@code -Drules.seed=N}).
 */
final class RandomRules {
  private static final List<String> CLASSES =
      List.of(
          "alpha", "digit", "alnum", "upper", "lower", "xdigit", "blank", "space", "cntrl", "graph",
          "print", "punct");

  private final Random random;
  private final String characters;

  private RandomRules(long seed, String characters) {
    System.out.println("rules.seed=" + seed);
    this.random = new Random(seed);
    this.characters = characters;
  }

  /** Names and patterns are made of {@code characters}, which hold no slash. */
  static RandomRules over(String characters) {
    return new RandomRules(Long.getLong("rules.seed", System.nanoTime()), characters);
  }

  int below(int bound) {
    return random.nextInt(bound);
  }

  <T> T oneOf(List<T> list) {
    return list.get(below(list.size()));
  }

  /** A name that a directory can hold. */
  String name() {
    while (true) {
      StringBuilder name = new StringBuilder();
      for (int i = 1 + below(4); i > 0; i--) {
        name.appendCodePoint(character());
      }
      if (!name.toString().equals(".") && !name.toString().equals("..")) {
        return name.toString();
      }
    }
  }

  String path() {
    StringBuilder path = new StringBuilder(name());
    while (below(5) > 1) {
      path.append('/').append(name());
    }
    return path.toString();
  }

  private int character() {
    int[] all = characters.codePoints().toArray();
    return all[below(all.length)];
  }

  /** A pattern; not always a valid one. */
  String pattern() {
    StringBuilder pattern = new StringBuilder(below(3) == 0 ? "/" : "");
    int segments = 1 + below(3);
    for (int i = 0; i < segments; i++) {
      pattern.append(i == 0 ? "" : "/").append(segment());
    }
    return pattern.append(below(4) == 0 ? "/" : "").toString();
  }

  private String segment() {
    return switch (below(8)) {
      case 0 -> "**";
      case 1 -> "*";
      case 2, 3 -> literal(name());
      default -> {
        StringBuilder glob = new StringBuilder();
        for (int i = 1 + below(4); i > 0; i--) {
          glob.append(atom());
        }
        yield glob.toString();
      }
    };
  }

  private String atom() {
    return switch (below(7)) {
      case 0, 1 -> "*";
      case 2 -> "?";
      case 3 -> set();
      default -> literal(Character.toString(character()));
    };
  }

  /** A pattern of one segment that matches exactly {@code name}. */
  static String literal(String name) {
    return name.replaceAll("[\\\\*?\\[ \t!#]", "\\\\$0");
  }

  private String set() {
    StringBuilder set = new StringBuilder(oneOf(List.of("[", "[", "[!", "[^")));
    for (int i = 1 + below(4); i > 0; i--) {
      switch (below(6)) {
        case 0 -> set.append("[:").append(oneOf(CLASSES)).append(":]");
        case 1 -> set.append(inSet(character())).append('-').append(inSet(character()));
        case 2 -> set.append(oneOf(List.of("]", "-", "\\]", "\\-", "[", "[:", "!", "^", "\\\\")));
        default -> set.append(inSet(character()));
      }
    }
    return set.append(']').toString();
  }

  private String inSet(int c) {
    String text = Character.toString(c);
    return " \t\\".contains(text) || below(5) == 0 ? "\\" + text : text;
  }

  /** A rule file of {@code count} rules that are valid. */
  String rules(int count) {
    List<Binding> bindings = List.of(Binding.values());
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      text.append(oneOf(bindings).word()).append(' ').append(validPattern()).append('\n');
    }
    return text.toString();
  }

  /** A pattern that the language takes. */
  String validPattern() {
    while (true) {
      String pattern = pattern();
      if (isValid(pattern)) {
        return pattern;
      }
    }
  }

  static boolean isValid(String pattern) {
    List<Field> fields = Field.of(pattern);
    if (fields.size() != 1 || !fields.get(0).text().equals(pattern)) {
      return false;
    }
    try {
      PatternParser.parse(pattern);
      return true;
    } catch (SyntaxException e) {
      return false;
    }
  }

  /** Names, each the child of the one before. */
  static List<String> names(String path) {
    List<String> names = new ArrayList<>();
    int from = 0;
    for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', from)) {
      names.add(path.substring(from, slash));
      from = slash + 1;
    }
    names.add(path.substring(from));
    return names;
  }
}
