package io.trifold.logs;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The severities of syslog, and how to tell a line's: by the word for it that the line carries. */
enum Severity {
  EMERGENCY(0),
  ALERT(1),
  CRITICAL(2),
  ERROR(3),
  WARNING(4),
  NOTICE(5),
  INFO(6),
  DEBUG(7);

  /** How far into a line the word is looked for. */
  private static final int WITHIN = 200;

  private static final String LEVEL =
      "(emerg(?:ency)?|alert|crit(?:ical)?|fatal|severe|err(?:or)?|warn(?:ing)?|notice|info(?:rmation)?"
          + "|debug|fine|trace)";

  /** PHP's own log: {@code PHP Fatal error: …}, {@code PHP Warning: …}. */
  private static final Pattern PHP =
      Pattern.compile(
          "\\bPHP (?:(Fatal|Parse|Core|Compile|Recoverable fatal) error"
              + "|(Warning|Core warning|Compile warning)"
              + "|(Notice|Deprecated|Strict Standards)"
              + "|(Stack trace))\\b",
          Pattern.CASE_INSENSITIVE);

  /** The second field of a tab-separated line. */
  private static final Pattern FIELD =
      Pattern.compile("^[^\\t]*\\t\\s*" + LEVEL + "\\s*\\t", Pattern.CASE_INSENSITIVE);

  /**
   * {@code [error]}, {@code [core:error]}, {@code app.ERROR:}, {@code level=error}, {@code
   * "level":"error"}.
   */
  private static final Pattern MARKED =
      Pattern.compile(
          "(?:\\[(?:[\\w.-]+:)?|[\\w-]\\.|\\b(?:level|severity|lvl)\"?\\s*[=:]\\s*\"?)"
              + LEVEL
              + "(?=[\\]:\"\\s]|$)",
          Pattern.CASE_INSENSITIVE);

  /** In capitals on its own, or at the beginning with a colon. */
  private static final Pattern PLAIN =
      Pattern.compile(
          "\\b(EMERGENCY|EMERG|ALERT|CRITICAL|CRIT|FATAL|SEVERE|ERROR|ERR|WARNING|WARN|NOTICE|INFO|DEBUG"
              + "|TRACE)\\b|^(?i:"
              + LEVEL
              + "):");

  /**
   * By their first letters. Without one of these a line has no such word, and the patterns, which
   * take long to see that, need not look for it.
   */
  private static final String[][] STEMS = new String[256][];

  static {
    Arrays.fill(STEMS, new String[0]);
    String[] stems = {
      "php ", "emerg", "err", "alert", "crit", "fatal", "fine", "severe", "warn", "notice", "info",
      "debug", "trace"
    };
    for (String stem : stems) {
      for (char first : new char[] {stem.charAt(0), Character.toUpperCase(stem.charAt(0))}) {
        STEMS[first] = Arrays.copyOf(STEMS[first], STEMS[first].length + 1);
        STEMS[first][STEMS[first].length - 1] = stem;
      }
    }
  }

  private static final Map<String, Severity> WORDS =
      Map.ofEntries(
          Map.entry("emerg", EMERGENCY),
          Map.entry("emergency", EMERGENCY),
          Map.entry("alert", ALERT),
          Map.entry("crit", CRITICAL),
          Map.entry("critical", CRITICAL),
          Map.entry("fatal", CRITICAL),
          Map.entry("severe", CRITICAL),
          Map.entry("err", ERROR),
          Map.entry("error", ERROR),
          Map.entry("warn", WARNING),
          Map.entry("warning", WARNING),
          Map.entry("notice", NOTICE),
          Map.entry("info", INFO),
          Map.entry("information", INFO),
          Map.entry("debug", DEBUG),
          Map.entry("fine", DEBUG),
          Map.entry("trace", DEBUG));

  private final int code;

  Severity(int code) {
    this.code = code;
  }

  /** Its number in a message's priority. */
  int code() {
    return code;
  }

  private static boolean hasStem(String latin1) {
    for (int i = 0; i < latin1.length(); i++) {
      for (String stem : STEMS[latin1.charAt(i)]) {
        if (latin1.regionMatches(true, i, stem, 0, stem.length())) {
          return true;
        }
      }
    }
    return false;
  }

  /** The line's; {@link #INFO} where it carries none. */
  static Severity of(byte[] line) {
    String text = new String(line, 0, Math.min(line.length, WITHIN), StandardCharsets.ISO_8859_1);
    if (!hasStem(text)) {
      return INFO;
    }
    Matcher php = PHP.matcher(text);
    if (php.find()) {
      return php.group(1) != null
          ? ERROR
          : php.group(2) != null ? WARNING : php.group(3) != null ? NOTICE : INFO;
    }
    for (Pattern pattern : new Pattern[] {FIELD, MARKED, PLAIN}) {
      Matcher matcher = pattern.matcher(text);
      if (matcher.find()) {
        String word = matcher.group(1) != null ? matcher.group(1) : matcher.group(2);
        return WORDS.get(word.toLowerCase(Locale.ROOT));
      }
    }
    return INFO;
  }
}
