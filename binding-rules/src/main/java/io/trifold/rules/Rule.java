package io.trifold.rules;

/**
 * One line of a rule file.
 *
 * @param number the rule's place in the whole set, from 0; of two that match, the higher decides
 * @param binding what it binds to
 * @param pattern the pattern as it was written
 * @param options the options, with defaults for what the line leaves out
 * @param file the file it stands in, or {@code preset:NAME}
 * @param line the line there, from 1; 0 only in {@link #DEFAULT}
 */
public record Rule(
    int number, Binding binding, String pattern, Options options, String file, int line) {

  /** What binds a path that no rule matches: {@code local}. */
  public static final Rule DEFAULT = new Rule(-1, Binding.LOCAL, "", Options.NONE, "default", 0);

  /** Where it stands: {@code FILE:LINE}, or {@code default}. */
  public String place() {
    return line == 0 ? file : file + ":" + line;
  }

  /**
   * The rule as it was written, its fields separated by one space; the default is {@code local}.
   */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(binding.word());
    for (String field : new String[] {pattern, options.written()}) {
      if (!field.isEmpty()) {
        text.append(' ').append(field);
      }
    }
    return text.toString();
  }
}
