package io.trifold.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A value, and where it was given.
 *
 * @param value not empty
 * @param origin the flag, the variable, or the place in the file: how an error begins
 * @param base what a relative path is relative to
 */
record Given(String value, String origin, Path base) {
  private static final Pattern BYTES = Pattern.compile("([1-9][0-9]{0,8})([KMG]?)");

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

  /** A number within these bounds, or what {@code off} stands for. */
  long numberOrOff(long least, long most, long off) throws SettingsException {
    if (value.equals("off")) {
      return off;
    }
    try {
      long number = Long.parseLong(value);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw error("\"" + value + "\" is neither a number nor off");
    }
    throw error(value + " is out of range: it is " + least + " to " + most + ", or off");
  }

  /** A number of bytes, which may end in K, M or G (of 1024); 0 for {@code off}. */
  long bytesOrOff() throws SettingsException {
    if (value.equals("off")) {
      return 0;
    }
    Matcher matcher = BYTES.matcher(value);
    if (!matcher.matches()) {
      throw error("\"" + value + "\" is no number of bytes: write 8M, for example, or off");
    }
    int thousands = " KMG".indexOf((matcher.group(2) + " ").charAt(0));
    return Long.parseLong(matcher.group(1)) << (10 * thousands);
  }

  SettingsException error(String what) {
    return new SettingsException(origin + ": " + what);
  }
}
