package io.trifold.inspect;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What {@code /.trifold/status} says: lines of {@code key: value}, keys unique, values of one line,
 * in the order in which they were put. For people and for {@code grep}; keys do not change their
 * meaning.
 */
public final class StatusText {
  private static final int LONG = 16;
  private static final String BYPASS = "bypass ";

  private final Map<String, String> values = new LinkedHashMap<>();

  /** Puts a line. What would make two lines or another key of it is shown as a blank. */
  StatusText put(String key, Object value) {
    values.put(key.replaceAll("[\\p{Cntrl}:]", " "), oneLine(String.valueOf(value)));
    return this;
  }

  /** Puts a line for each directory that is bypassed. */
  StatusText putBypassed(List<Path> directories) {
    for (int i = 0; i < directories.size(); i++) {
      put(BYPASS + (i + 1), directories.get(i));
    }
    return this;
  }

  /** The directories that are bypassed, by their absolute paths. */
  public List<Path> bypassed() {
    return values.entrySet().stream()
        .filter(line -> line.getKey().startsWith(BYPASS))
        .map(line -> Path.of(line.getValue()))
        .toList();
  }

  private static String oneLine(String text) {
    return text.replaceAll("\\p{Cntrl}", " ");
  }

  /** Reads the text back. Lines that are none of ours are left out. */
  public static StatusText parse(String text) {
    StatusText status = new StatusText();
    for (String line : text.lines().toList()) {
      int colon = line.indexOf(": ");
      if (colon > 0) {
        status.values.put(line.substring(0, colon), line.substring(colon + 2).strip());
      }
    }
    return status;
  }

  public Optional<String> get(String key) {
    return Optional.ofNullable(values.get(key));
  }

  /** The lines, the values below each other, but for those whose key is very long. */
  @Override
  public String toString() {
    int width =
        2
            + values.keySet().stream()
                .mapToInt(String::length)
                .filter(n -> n <= LONG)
                .max()
                .orElse(0);
    StringBuilder text = new StringBuilder();
    values.forEach(
        (key, value) -> {
          text.append(key).append(':').append(" ".repeat(Math.max(1, width - key.length() - 1)));
          text.append(value).append('\n');
        });
    return text.toString();
  }
}
