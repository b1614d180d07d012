package io.trifold.history;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A moment of the log as a user writes it. Pure. */
public sealed interface Moment {
  /** The forms that there are, for a user. */
  String FORMS =
      "a position (1234), a time (2026-01-31 23:59:59, 2026-01-31T23:59Z) or how long ago (90m, 2h,"
          + " 3d)";

  /** Just behind the event at this position. */
  record At(long position) implements Moment {}

  /** What was in the log by then. */
  record By(Instant time) implements Moment {}

  Pattern AGO = Pattern.compile("([0-9]{1,9})(s|m|h|d)(?: ago)?");

  /**
   * Reads one.
   *
   * @param zone of a time that tells none
   * @throws IllegalArgumentException if it is none
   */
  static Moment parse(String text, Instant now, ZoneId zone) {
    if (text.matches("[0-9]{1,18}")) {
      return new At(Long.parseLong(text));
    }
    Matcher ago = AGO.matcher(text);
    if (ago.matches()) {
      long count = Long.parseLong(ago.group(1));
      Duration duration =
          switch (ago.group(2)) {
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            default -> Duration.ofDays(count);
          };
      try {
        return new By(now.minus(duration));
      } catch (DateTimeException e) {
        throw new IllegalArgumentException(text, e);
      }
    }
    String iso = text.strip().replace(' ', 'T');
    List<Function<String, Instant>> forms =
        List.of(
            Instant::parse,
            t -> OffsetDateTime.parse(t).toInstant(),
            t -> LocalDateTime.parse(t).atZone(zone).toInstant(),
            t -> LocalDate.parse(t).atStartOfDay(zone).toInstant());
    for (Function<String, Instant> form : forms) {
      Optional<Instant> time = read(form, iso);
      if (time.isPresent()) {
        return new By(time.get());
      }
    }
    throw new IllegalArgumentException(text);
  }

  private static Optional<Instant> read(Function<String, Instant> form, String text) {
    try {
      return Optional.of(form.apply(text));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }
}
