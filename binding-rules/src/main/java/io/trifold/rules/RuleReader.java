package io.trifold.rules;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Reads a source, and in place of each {@code include} what that names, into one list of rules. */
final class RuleReader {
  /** Bounds on what a chain of includes can multiply to. */
  static final int MOST_RULES = 100_000;

  static final int MOST_FILES = 1_000;
  private static final int LONGEST_PATTERN = 4_096;
  private static final String INCLUDE = "include";
  private static final List<String> FIRST_WORDS =
      Stream.concat(Arrays.stream(Binding.values()).map(Binding::word), Stream.of(INCLUDE))
          .toList();

  /**
   * A rule and what its pattern means.
   *
   * @param optionsColumn where its options stand in its line, from 1; 0 if it has none
   */
  record Parsed(Rule rule, Pattern pattern, int optionsColumn) {
    /** An error about the rule's options. */
    RuleException error(String message) {
      return new RuleException(rule.place() + ":" + optionsColumn + ": " + message);
    }
  }

  /** The sources that are being read, the innermost first, each included by the next. */
  private final Deque<Source> open = new ArrayDeque<>();

  private final List<Parsed> rules = new ArrayList<>();
  private int files;

  private RuleReader() {}

  /** The rules of a source, with the numbers 0, 1, 2, … */
  static List<Parsed> read(Source source) throws RuleException {
    RuleReader reader = new RuleReader();
    reader.add(source);
    return List.copyOf(reader.rules);
  }

  private void add(Source source) throws RuleException {
    open.push(source);
    files++;
    String text = source.text();
    int line = 0;
    int from = text.startsWith("\uFEFF") ? 1 : 0;
    while (from < text.length()) {
      int newline = text.indexOf('\n', from);
      int end = newline < 0 ? text.length() : newline;
      int next = end + 1;
      if (end > from && text.charAt(end - 1) == '\r') {
        end--;
      }
      line++;
      addLine(source, line, text.substring(from, end));
      from = next;
    }
    open.pop();
  }

  private void addLine(Source source, int number, String line) throws RuleException {
    List<Field> fields = Field.of(line);
    if (fields.isEmpty()) {
      return;
    }
    try {
      if (fields.get(0).text().equals(INCLUDE)) {
        include(source, fields, line.length());
      } else {
        rules.add(rule(source, number, fields, line));
      }
    } catch (SyntaxException e) {
      throw new RuleException(
          source.name() + ":" + number + ":" + column(line, e.index()) + ": " + e.getMessage());
    }
  }

  private static int column(String line, int index) {
    return line.codePointCount(0, Math.min(index, line.length())) + 1;
  }

  private void include(Source source, List<Field> fields, int end)
      throws SyntaxException, RuleException {
    if (fields.size() == 1) {
      throw new SyntaxException(
          end, "nothing to include; write include FILE or include preset:NAME");
    }
    if (fields.size() > 2) {
      throw new SyntaxException(
          fields.get(2).index(),
          "more than one name to include; write one include for each, and \"\\ \" for a space in a"
              + " name");
    }
    Field name = fields.get(1);
    if (files >= MOST_FILES) {
      throw new SyntaxException(
          name.index(), "more than " + MOST_FILES + " files are included; include each once");
    }
    Source included;
    try {
      included = Source.named(unescaped(name), source.folder());
    } catch (SourceException e) {
      throw new SyntaxException(name.index(), e.getMessage());
    }
    if (open.stream().anyMatch(s -> s.identity().equals(included.identity()))) {
      throw new SyntaxException(
          name.index(), "includes itself: " + cycle(included) + "; remove one of these includes");
    }
    add(included);
  }

  private String cycle(Source included) {
    List<String> names = new ArrayList<>();
    names.add(included.name());
    for (Source source : open) {
      names.add(0, source.name());
      if (source.identity().equals(included.identity())) {
        break;
      }
    }
    return String.join(" includes ", names);
  }

  private static String unescaped(Field name) throws SyntaxException {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < name.text().length(); i++) {
      char c = name.text().charAt(i);
      if (c == '\\') {
        i++;
        if (i == name.text().length()) {
          throw new SyntaxException(
              name.index() + i - 1, "nothing follows this \\; write \\\\ for the character itself");
        }
        c = name.text().charAt(i);
      }
      if (c == 0) {
        throw new SyntaxException(
            name.index() + i, "a NUL character, which no name holds; remove it");
      }
      text.append(c);
    }
    return text.toString();
  }

  private Parsed rule(Source source, int line, List<Field> fields, String whole)
      throws SyntaxException {
    Binding binding = binding(fields.get(0));
    if (fields.size() == 1) {
      throw new SyntaxException(
          whole.length(),
          "no pattern; write "
              + binding.word()
              + " PATTERN, with \\# for a name that begins with #");
    }
    if (rules.size() >= MOST_RULES) {
      throw new SyntaxException(
          0, "more than " + MOST_RULES + " rules; use patterns that match more");
    }
    Field text = fields.get(1);
    if (text.text().length() > LONGEST_PATTERN) {
      throw new SyntaxException(
          text.index(),
          "a pattern longer than any path; write at most " + LONGEST_PATTERN + " characters");
    }
    Pattern pattern;
    try {
      pattern = PatternParser.parse(text.text());
    } catch (SyntaxException e) {
      throw new SyntaxException(text.index() + e.index(), e.getMessage());
    }
    Options options = options(binding, fields.subList(2, fields.size()));
    return new Parsed(
        new Rule(rules.size(), binding, text.text(), options, source.name(), line),
        pattern,
        fields.size() == 2 ? 0 : column(whole, fields.get(2).index()));
  }

  private static Binding binding(Field word) throws SyntaxException {
    for (Binding binding : Binding.values()) {
      if (binding.word().equals(word.text())) {
        return binding;
      }
    }
    if (word.text().startsWith("!")) {
      throw new SyntaxException(
          word.index(),
          "\"!\" has no meaning here, as the last rule that matches decides; write a later rule"
              + " with the other binding");
    }
    throw new SyntaxException(
        word.index(),
        "unknown binding \"" + word.text() + "\"; " + Spelling.suggest(word.text(), FIRST_WORDS));
  }

  private static Options options(Binding binding, List<Field> fields) throws SyntaxException {
    Options options = Options.NONE;
    Set<Option> seen = EnumSet.noneOf(Option.class);
    for (Field field : fields) {
      int equals = field.text().indexOf('=');
      if (equals < 0) {
        throw new SyntaxException(
            field.index(),
            "\""
                + field.text()
                + "\" is no option; write NAME=VALUE, and \"\\ \" for a space in a pattern");
      }
      Option option = option(binding, field, field.text().substring(0, equals));
      if (!seen.add(option)) {
        throw new SyntaxException(
            field.index(), "\"" + option.word() + "\" stands here twice; remove one");
      }
      String value = field.text().substring(equals + 1);
      try {
        options = option.set(options, value);
      } catch (IllegalArgumentException e) {
        throw new SyntaxException(
            field.index() + equals + 1,
            "\""
                + value
                + "\" is no value of \""
                + option.word()
                + "\"; write "
                + option.form()
                + example(option));
      }
    }
    if (options.bypass() && options.broadcastDeletes()) {
      throw new SyntaxException(
          fields.get(0).index(),
          "deletes=broadcast and bypass=on do not go together: what the kernel serves itself, the"
              + " daemon does not see; remove one");
    }
    return options.withWritten(String.join(" ", fields.stream().map(Field::text).toList()));
  }

  private static String example(Option option) {
    return ", for example " + option.word() + "=" + option.defaultValue();
  }

  private static Option option(Binding binding, Field field, String word) throws SyntaxException {
    for (Option option : Option.values()) {
      if (option.word().equals(word)) {
        if (!option.bindings().contains(binding)) {
          throw new SyntaxException(
              field.index(),
              "\""
                  + word
                  + "\" is an option of "
                  + String.join(" and ", option.bindings().stream().map(Binding::word).toList())
                  + " alone; remove it, as "
                  + has(binding));
        }
        return option;
      }
    }
    List<String> all = Arrays.stream(Option.values()).map(Option::word).toList();
    String meant =
        Spelling.nearest(word, all).map(nearest -> "did you mean \"" + nearest + "\"? ").orElse("");
    throw new SyntaxException(
        field.index(), "unknown option \"" + word + "\"; " + meant + has(binding));
  }

  private static String has(Binding binding) {
    List<String> words = Option.of(binding).stream().map(Option::word).toList();
    return binding.word() + " has " + (words.isEmpty() ? "no options" : String.join(", ", words));
  }
}
