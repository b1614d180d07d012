package io.trifold.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Versions as lines for a user, in local time. */
final class HistoryText {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT)
          .withZone(ZoneId.systemDefault());

  private HistoryText() {}

  static String time(JsonNode version) {
    return TIME.format(Instant.parse(version.path("at").asText()));
  }

  /** When, position, host, user, what and size. */
  static String line(JsonNode version) {
    String user = version.path("user").asText();
    String what = version.path("what").asText();
    String size = what.equals("file") ? " " + version.path("size").asLong() + " bytes" : "";
    return time(version)
        + "  "
        + version.path("position").asLong()
        + "  "
        + version.path("host").asText()
        + "  "
        + (user.isEmpty() ? "-" : user)
        + "  "
        + what
        + size;
  }

  /** Who made it, where and when, in brief. */
  static String brief(JsonNode version) {
    return version.isNull() || version.isMissingNode()
        ? "no longer kept"
        : version.path("what").asText()
            + " of "
            + version.path("host").asText()
            + ", "
            + time(version)
            + ", position "
            + version.path("position").asLong();
  }

  /** A path in one line, whatever is in it. */
  static String path(JsonNode answer) {
    return answer.path("path").asText().replaceAll("\\p{Cntrl}", "?");
  }
}
