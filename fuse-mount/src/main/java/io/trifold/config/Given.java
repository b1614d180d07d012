package io.trifold.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * A value, and where it was given.
 *
 * @param value not empty
 * @param origin the flag, the variable, or the place in the file: how an error begins
 * @param base what a relative path is relative to
 */
record Given(String value, String origin, Path base) {
  Path path() throws SettingsException {
    try {
      return base.resolve(value).normalize();
    } catch (InvalidPathException e) {
      throw error("\"" + value + "\" cannot be a path: " + e.getReason());
    }
  }

  <E extends Enum<E>> E oneOf(Class<E> words) throws SettingsException {
    List<String> known =
        Arrays.stream(words.getEnumConstants())
            .map(w -> w.name().toLowerCase(Locale.ROOT))
            .toList();
    int index = known.indexOf(value);
    if (index < 0) {
      throw error(
          "unknown "
              + words.getSimpleName().replace("Choice", "").toLowerCase(Locale.ROOT)
              + " \""
              + value
              + "\": it is one of "
              + String.join(", ", known));
    }
    return words.getEnumConstants()[index];
  }

  SettingsException error(String what) {
    return new SettingsException(origin + ": " + what);
  }
}
