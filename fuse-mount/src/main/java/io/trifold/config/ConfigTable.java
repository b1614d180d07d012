package io.trifold.config;

import io.trifold.rules.Durations;
import io.trifold.rules.Spelling;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.tomlj.TomlArray;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/**
 * One table of a TOML file. Every error names the file, the line and the key; keys that nobody
 * asked for are found by {@link #end}.
 */
final class ConfigTable {
  private final Path file;
  private final String name;
  private final TomlTable table;
  private final Set<String> asked = new LinkedHashSet<>();

  /**
   * A table.
   *
   * @param name with its parents, as an error shows it
   */
  ConfigTable(Path file, String name, TomlTable table) {
    this.file = file;
    this.name = name;
    this.table = table;
  }

  String name() {
    return name;
  }

  Set<String> keys() {
    return table.keySet();
  }

  boolean has(String key) {
    asked.add(key);
    return table.get(List.of(key)) != null;
  }

  /** The tables in this one, by their keys; everything in it must be one. */
  Map<String, ConfigTable> tables() throws SettingsException {
    Map<String, ConfigTable> tables = new TreeMap<>();
    for (String key : table.keySet()) {
      tables.put(key, table(key).orElseThrow());
    }
    return tables;
  }

  Optional<ConfigTable> table(String key) throws SettingsException {
    return get(key, TomlTable.class, "a table")
        .map(inner -> new ConfigTable(file, name.isEmpty() ? key : name + "." + key, inner));
  }

  Optional<String> text(String key) throws SettingsException {
    Optional<String> text = get(key, String.class, "text in quotes");
    if (text.isPresent() && text.get().isBlank()) {
      throw error(key, key + " is empty: leave it out for the default");
    }
    return text;
  }

  boolean flag(String key, boolean otherwise) throws SettingsException {
    return get(key, Boolean.class, "true or false").orElse(otherwise);
  }

  long number(String key, long otherwise) throws SettingsException {
    return get(key, Long.class, "a number").orElse(otherwise);
  }

  /** A list of texts; empty where there is none. */
  List<String> texts(String key) throws SettingsException {
    Optional<TomlArray> array = get(key, TomlArray.class, "a list of texts in quotes");
    List<String> texts = new ArrayList<>();
    if (array.isPresent()) {
      for (Object value : array.get().toList()) {
        if (!(value instanceof String text)) {
          throw error(key, key + " must be a list of texts in quotes");
        }
        texts.add(text);
      }
    }
    return texts;
  }

  Duration duration(String key, Duration otherwise, Duration most) throws SettingsException {
    Optional<String> text = text(key);
    if (text.isEmpty()) {
      return otherwise;
    }
    try {
      return Durations.parse(text.get(), Duration.ofMillis(1), most);
    } catch (IllegalArgumentException e) {
      throw error(
          key,
          key
              + " is \""
              + text.get()
              + "\", and must be a time such as 500ms, 30s, 5m or 1h, at most "
              + Durations.format(most));
    }
  }

  /** A directory relative to the root, and not above it. */
  String below(String key) throws SettingsException {
    String directory = text(key).orElse("");
    if (directory.startsWith("/") || List.of(directory.split("/")).contains("..")) {
      throw error(key, key + " is relative to the root, and below it");
    }
    return directory;
  }

  Pattern pattern(String key) throws SettingsException {
    String text = text(key).orElseThrow();
    try {
      return Pattern.compile(text);
    } catch (PatternSyntaxException e) {
      throw error(key, key + " is no regular expression: " + e.getDescription());
    }
  }

  <E extends Enum<E>> E word(String key, E otherwise) throws SettingsException {
    Optional<String> text = text(key);
    if (text.isEmpty()) {
      return otherwise;
    }
    List<String> words = new ArrayList<>();
    for (E constant : otherwise.getDeclaringClass().getEnumConstants()) {
      String word = constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
      if (word.equals(text.get())) {
        return constant;
      }
      words.add(word);
    }
    throw error(key, key + " is \"" + text.get() + "\": it is one of " + String.join(", ", words));
  }

  private <T> Optional<T> get(String key, Class<T> type, String form) throws SettingsException {
    asked.add(key);
    Object value = table.get(List.of(key));
    if (value == null) {
      return Optional.empty();
    }
    if (!type.isInstance(value)) {
      throw error(key, key + " must be " + form);
    }
    return Optional.of(type.cast(value));
  }

  /** Finds a key that was not asked for. */
  void end() throws SettingsException {
    for (String key : table.keySet()) {
      if (!asked.contains(key)) {
        throw error(
            key,
            "unknown key \""
                + key
                + "\""
                + Spelling.nearest(key, asked)
                    .map(word -> "; did you mean \"" + word + "\"?")
                    .orElse("; known are " + String.join(", ", asked)));
      }
    }
  }

  /** An error in this table as a whole. */
  SettingsException error(String what) {
    return new SettingsException(file + ": [" + name + "]: " + what);
  }

  SettingsException error(String key, String what) {
    TomlPosition at = table.inputPositionOf(List.of(key));
    String where = at == null ? file.toString() : file + ":" + at.line() + ":" + at.column();
    return new SettingsException(where + ": " + (name.isEmpty() ? "" : "[" + name + "]: ") + what);
  }
}
