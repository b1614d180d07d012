package io.trifold.replica;

import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A place in the farm's log, as people and programs pass it on: {@code 4711-9f3c21aa}. The mark
 * behind the number is of the log's epoch, so that one of another farm, or of a log that a restored
 * database no longer has, is told from a place in this one. A number alone is taken as it is.
 *
 * @param number up to which all events are meant
 * @param mark of the epoch; empty if it was not given
 */
public record LogPosition(long number, Optional<String> mark) {
  private static final int MARK_LENGTH = 8;
  private static final Pattern FORM =
      Pattern.compile("([0-9]{1,18})(?:-([0-9a-f]{" + MARK_LENGTH + "}))?");

  /** The position of a number in the log of that epoch. */
  public static LogPosition of(long number, UUID epoch) {
    return new LogPosition(number, Optional.of(mark(epoch)));
  }

  private static String mark(UUID epoch) {
    return epoch.toString().substring(0, MARK_LENGTH);
  }

  /**
   * Reads one.
   *
   * @return empty if the text is none
   */
  public static Optional<LogPosition> parse(String text) {
    Matcher form = FORM.matcher(text);
    return form.matches()
        ? Optional.of(
            new LogPosition(Long.parseLong(form.group(1)), Optional.ofNullable(form.group(2))))
        : Optional.empty();
  }

  /** Whether it can be a position in the log of that epoch. */
  boolean isOf(UUID epoch) {
    return mark.isEmpty() || mark.get().equals(mark(epoch));
  }

  @Override
  public String toString() {
    return number + mark.map(m -> "-" + m).orElse("");
  }
}
