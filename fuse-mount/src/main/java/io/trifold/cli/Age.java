package io.trifold.cli;

import io.trifold.config.SettingsException;
import java.time.Duration;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Lengths of time as people write them: {@code 30d}, {@code 3h 5m}. */
final class Age {
  private static final Pattern FORM = Pattern.compile("([0-9]{1,6})([smhd])");
  private static final Duration DAY = Duration.ofDays(1);

  private Age() {}

  /** In days and hours, hours and minutes, or minutes and seconds; never negative. */
  static String of(Duration duration) {
    Duration age = duration.isNegative() ? Duration.ZERO : duration;
    if (age.compareTo(DAY) >= 0) {
      return two(age.toDays(), "d", age.toHoursPart(), "h");
    }
    return age.toHours() > 0
        ? two(age.toHours(), "h", age.toMinutesPart(), "m")
        : two(age.toMinutes(), "m", age.toSecondsPart(), "s");
  }

  private static String two(long large, String unit, int small, String smaller) {
    if (large == 0) {
      return small + smaller;
    }
    return large + unit + (small == 0 ? "" : " " + small + smaller);
  }

  /** From a moment, as a daemon tells it, until now. */
  static String between(String from, Instant now) {
    return of(Duration.between(Instant.parse(from), now));
  }

  /**
   * Reads one.
   *
   * @param origin what it was given as, for the error
   */
  static Duration parse(String origin, String text) throws SettingsException {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw new SettingsException(
          origin + ": " + text + " is no length of time: write a number with s, m, h or d, as 30d");
    }
    long count = Long.parseLong(form.group(1));
    return switch (form.group(2)) {
      case "s" -> Duration.ofSeconds(count);
      case "m" -> Duration.ofMinutes(count);
      case "h" -> Duration.ofHours(count);
      default -> Duration.ofDays(count);
    };
  }
}
