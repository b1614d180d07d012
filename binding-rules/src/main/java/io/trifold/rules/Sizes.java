package io.trifold.rules;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Sizes as rule files write them: {@code 500}, {@code 64K}, {@code 100M}, {@code 2G}, {@code 1T}.
 */
final class Sizes {
  /** No limit. */
  static final long UNLIMITED = Long.MAX_VALUE;

  private static final String NO_LIMIT = "unlimited";
  private static final String UNITS = "KMGT";

  // Six digits of the largest unit still fit a long.
  private static final Pattern FORM =
      Pattern.compile("([1-9][0-9]{0,14})|([1-9][0-9]{0,5})([KMGT])");

  private Sizes() {}

  /**
   * Reads a size in bytes; a unit is 1,024 times the one before.
   *
   * @throws IllegalArgumentException if it is none
   */
  static long parse(String text) {
    if (text.equals(NO_LIMIT)) {
      return UNLIMITED;
    }
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw new IllegalArgumentException(text);
    }
    return form.group(1) != null
        ? Long.parseLong(form.group(1))
        : Long.parseLong(form.group(2)) << (10 * (1 + UNITS.indexOf(form.group(3))));
  }

  /** The shortest text that {@link #parse} reads as {@code size}. */
  static String format(long size) {
    if (size == UNLIMITED) {
      return NO_LIMIT;
    }
    long rest = size;
    int unit = 0;
    while (unit < UNITS.length() && rest % 1024 == 0) {
      rest /= 1024;
      unit++;
    }
    return unit == 0 ? Long.toString(rest) : rest + UNITS.substring(unit - 1, unit);
  }
}
