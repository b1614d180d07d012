package io.trifold.rules;

/**
 * One line of a rule file.
 *
 * @param number the rule's place in the whole set, from 0; of two that match, the higher decides
 * @param binding what it binds to
 * @param pattern the pattern as it was written
 * @param options the options, with defaults for what the line leaves out
 * @param file the file it stands in, or {@code preset:NAME}
 * @param line the line there, from 1
 */
public record Rule(
    int number, Binding binding, String pattern, Options options, String file, int line) {

  /** What binds a path that no rule matches: {@code local}. */
  public static final Rule DEFAULT = new Rule(-1, Binding.LOCAL, "", Options.NONE, "default", 0);
}
