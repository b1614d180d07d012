package io.trifold.config;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes and ages as they are written in settings: a number and a unit. */
final class Quantities {
  private static final Pattern FORM = Pattern.compile("([1-9][0-9]{0,8})([a-zA-Z]+)");

  private Quantities() {}

  /** Bytes: {@code 64M}, {@code 2G}. */
  static long bytes(Given given) throws SettingsException {
    Matcher matcher = FORM.matcher(given.value());
    if (matcher.matches()) {
      long number = Long.parseLong(matcher.group(1));
      switch (matcher.group(2)) {
        case "M" -> {
          return number << 20;
        }
        case "G" -> {
          return number << 30;
        }
        default -> {}
      }
    }
    throw given.error(
        "\"" + given.value() + "\" is no size: write a number and M or G, such as 256M");
  }

  /** An age: {@code 12h}, {@code 7d}. */
  static Duration age(Given given) throws SettingsException {
    Matcher matcher = FORM.matcher(given.value());
    if (matcher.matches()) {
      long number = Long.parseLong(matcher.group(1));
      switch (matcher.group(2)) {
        case "m" -> {
          return Duration.ofMinutes(number);
        }
        case "h" -> {
          return Duration.ofHours(number);
        }
        case "d" -> {
          return Duration.ofDays(number);
        }
        default -> {}
      }
    }
    throw given.error(
        "\"" + given.value() + "\" is no age: write a number and m, h or d, such as 7d");
  }
}
