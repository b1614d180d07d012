package io.trifold.rules;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The rule files that come with Trifold, each for one application. */
final class Presets {
  private static final List<String> NAMES = resource("INDEX").lines().toList();

  private Presets() {}

  /** Their names, sorted. */
  static List<String> names() {
    return NAMES;
  }

  static String text(String name) throws SourceException {
    if (!NAMES.contains(name)) {
      throw new SourceException(
          "no preset \""
              + name
              + "\"; "
              + Spelling.suggest(name, NAMES)
              + " (a file has a slash or a dot in its name: ./"
              + name
              + ")");
    }
    return resource(name + ".rules");
  }

  private static String resource(String file) {
    try (InputStream in = Presets.class.getResourceAsStream("presets/" + file)) {
      if (in == null) {
        throw new IllegalStateException("incomplete jar: presets/" + file + " is missing");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
