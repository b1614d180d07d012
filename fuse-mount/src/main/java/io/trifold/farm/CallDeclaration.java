package io.trifold.farm;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An operation that this host runs when it is called.
 *
 * @param user as whom; none is as the daemon itself, who is an ordinary user then
 * @param directory where, relative to the root
 * @param limit how long it may take
 * @param arguments which arguments it must be given, and what each may look like as a whole
 * @param data what data it takes, as a whole; none if it takes none
 * @param file who may call it by writing to its control file
 */
public record CallDeclaration(
    String name,
    CallAction action,
    Optional<String> user,
    String directory,
    Duration limit,
    CallOrder order,
    Map<String, Form> arguments,
    Optional<Form> data,
    ControlFile file) {
  private static final Pattern PLACEHOLDER = Pattern.compile("\\{([a-z0-9][a-z0-9-]*)\\}");

  /**
   * The control file of a call.
   *
   * @param owner a user's name; none is the daemon's own
   * @param mode its permission bits
   */
  public record ControlFile(Optional<String> owner, int mode) {}

  /** A regular expression that a whole text must match. */
  public record Form(Pattern pattern) {
    boolean allows(String text) {
      return pattern.matcher(text).matches();
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Form that && pattern.pattern().equals(that.pattern.pattern());
    }

    @Override
    public int hashCode() {
      return pattern.pattern().hashCode();
    }

    @Override
    public String toString() {
      return pattern.pattern();
    }
  }

  public CallDeclaration {
    Objects.requireNonNull(name, "name");
    arguments = Map.copyOf(arguments);
  }

  /** One that every host knows, of any data. */
  static CallDeclaration builtIn(String name, CallAction.Operation operation) {
    return new CallDeclaration(
        name,
        new CallAction.BuiltIn(operation, List.of()),
        Optional.empty(),
        "",
        Duration.ofMinutes(10),
        CallOrder.AT_ONCE,
        Map.of(),
        Optional.of(new Form(Pattern.compile("(?s).*"))),
        new ControlFile(Optional.empty(), 0));
  }

  /** The arguments that a command's words name. */
  public static Set<String> named(List<String> words) {
    Set<String> names = new LinkedHashSet<>();
    for (String word : words) {
      Matcher placeholder = PLACEHOLDER.matcher(word);
      while (placeholder.find()) {
        names.add(placeholder.group(1));
      }
    }
    return names;
  }

  /** What is wrong with these arguments and data, in words for a user; none if nothing is. */
  public Optional<String> objection(Map<String, String> given, String text) {
    for (String argument : given.keySet()) {
      if (!arguments.containsKey(argument)) {
        return Optional.of("it takes no argument \"" + argument + "\"" + known());
      }
    }
    for (Map.Entry<String, Form> declared : arguments.entrySet()) {
      String value = given.get(declared.getKey());
      if (value == null) {
        return Optional.of("its argument \"" + declared.getKey() + "\" is missing");
      }
      if (value.indexOf('\0') >= 0 || !declared.getValue().allows(value)) {
        return Optional.of(
            "its argument \"" + declared.getKey() + "\" must look like " + declared.getValue());
      }
    }
    if (data.isEmpty() && !text.isEmpty()) {
      return Optional.of("it takes no data");
    }
    if (data.isPresent() && !data.get().allows(text)) {
      return Optional.of("its data must look like " + data.get());
    }
    return Optional.empty();
  }

  private String known() {
    return arguments.isEmpty()
        ? "; it takes none"
        : "; it takes " + String.join(", ", arguments.keySet().stream().sorted().toList());
  }

  /** A command's words with these arguments in place; each stays one word. */
  static List<String> fill(List<String> words, Map<String, String> given) {
    return words.stream()
        .map(
            word ->
                PLACEHOLDER
                    .matcher(word)
                    .replaceAll(
                        found ->
                            Matcher.quoteReplacement(
                                given.getOrDefault(found.group(1), found.group()))))
        .toList();
  }
}
