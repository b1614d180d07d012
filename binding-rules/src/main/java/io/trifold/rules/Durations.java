package io.trifold.rules;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Durations as rule files and settings write them: {@code 0}, {@code 500ms}, {@code 2s}, {@code
 * 5m}, {@code 1h}, {@code 30d}.
 */
public final class Durations {
  // Nine digits of the largest unit still fit a long of milliseconds.
  private static final Pattern FORM = Pattern.compile("(?:0|([0-9]{1,9})(ms|s|m|h|d))");

  private Durations() {}

  /**
   * Reads a duration.
   *
   * @throws IllegalArgumentException if it is none, or not within the two limits
   */
  public static Duration parse(String text, Duration least, Duration most) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw new IllegalArgumentException(text);
    }
    Duration duration =
        form.group(1) == null ? Duration.ZERO : of(Long.parseLong(form.group(1)), form.group(2));
    if (duration.compareTo(least) < 0 || duration.compareTo(most) > 0) {
      throw new IllegalArgumentException(text);
    }
    return duration;
  }

  private static Duration of(long count, String unit) {
    return switch (unit) {
      case "ms" -> Duration.ofMillis(count);
      case "s" -> Duration.ofSeconds(count);
      case "m" -> Duration.ofMinutes(count);
      case "h" -> Duration.ofHours(count);
      default -> Duration.ofDays(count);
    };
  }

  /** The shortest text that {@link #parse} reads as {@code duration}, in whole milliseconds. */
  public static String format(Duration duration) {
    long millis = duration.toMillis();
    if (millis == 0) {
      return "0";
    }
    if (millis % 1_000 != 0) {
      return millis + "ms";
    }
    long seconds = millis / 1_000;
    if (seconds % 60 != 0) {
      return seconds + "s";
    }
    if (seconds % 3_600 != 0) {
      return seconds / 60 + "m";
    }
    long hours = seconds / 3_600;
    // A day is a unit for long times only: 24h is what people write.
    return hours > 24 && hours % 24 == 0 ? hours / 24 + "d" : hours + "h";
  }
}
