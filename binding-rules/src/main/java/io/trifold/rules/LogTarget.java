package io.trifold.rules;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** Where a line of a log goes. */
public enum LogTarget {
  /** Into the file itself. */
  FILE,
  /** To the system's syslog, or a collector. */
  SYSLOG,
  /** To the same file on every other host of the farm. */
  CLOUD;

  /** Its name in rules and in the first line of a log. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The targets of a list: in any order, any case, separated by commas, semicolons and spaces.
   *
   * @throws IllegalArgumentException with the first word that is no target
   */
  public static Set<LogTarget> parse(String list) {
    Set<LogTarget> targets = EnumSet.noneOf(LogTarget.class);
    for (String word : list.strip().split("[\\s,;]+", -1)) {
      if (!word.isEmpty()) {
        targets.add(ofWord(word));
      }
    }
    return Collections.unmodifiableSet(targets);
  }

  private static LogTarget ofWord(String word) {
    for (LogTarget target : values()) {
      if (target.word().equals(word.toLowerCase(Locale.ROOT))) {
        return target;
      }
    }
    throw new IllegalArgumentException(word);
  }

  /** The list as a rule has it. */
  public static String format(Set<LogTarget> targets) {
    return targets.stream().sorted().map(LogTarget::word).collect(Collectors.joining(","));
  }

  /** Whether the other hosts would get lines that this one does not keep. */
  public static boolean lacksFile(Set<LogTarget> targets) {
    return targets.contains(CLOUD) && !targets.contains(FILE);
  }
}
