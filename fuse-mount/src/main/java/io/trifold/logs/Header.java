package io.trifold.logs;

import io.trifold.rules.LogTarget;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The first line of a log, if it says where the lines go: {@code TARGETS: file, syslog, cloud}.
 *
 * @param line as it stands, without its end
 * @param targets what it names
 * @param problem why it cannot be followed; empty if it can
 */
record Header(String line, Set<LogTarget> targets, String problem) {
  /** Longer first lines are none. */
  static final int LONGEST = 512;

  /** {@code TARGET} is how it was written where this came from. */
  private static final Pattern FORM =
      Pattern.compile("\\uFEFF?\\s*TARGETS?\\s*:(.*)", Pattern.CASE_INSENSITIVE);

  /**
   * The header that a log begins with.
   *
   * @param start of the file, as far as it was read; it need not have the end of the line
   */
  static Optional<Header> of(byte[] start) {
    int end = 0;
    while (end < start.length && start[end] != '\n') {
      end++;
    }
    if (end > LONGEST) {
      return Optional.empty();
    }
    String line = new String(start, 0, end, StandardCharsets.UTF_8).stripTrailing();
    Matcher matcher = FORM.matcher(line);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    try {
      Set<LogTarget> targets = LogTarget.parse(matcher.group(1));
      String problem = targets.isEmpty() ? "its first line names no target" : "";
      return Optional.of(new Header(line, targets, problem));
    } catch (IllegalArgumentException e) {
      return Optional.of(
          new Header(
              line,
              Set.of(),
              "its first line names an unknown target: the targets are file, syslog and cloud"));
    }
  }

  /** The line with its end. */
  byte[] bytes() {
    return (line + "\n").getBytes(StandardCharsets.UTF_8);
  }
}
