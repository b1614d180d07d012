package io.trifold.config;

import io.trifold.rules.Spelling;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/**
 * One TOML file: strings by the {@linkplain Setting#key keys} of the settings, and {@code root}.
 */
final class ConfigFile {
  private static final String ROOT = "root";

  /** Tables that have readers of their own. */
  private static final Set<String> TABLES = Set.of("calls");

  private final Path file;
  private final TomlParseResult table;

  private ConfigFile(Path file, TomlParseResult table) {
    this.file = file;
    this.table = table;
  }

  /** Reads a file; its keys are not yet {@linkplain #check checked}. */
  static ConfigFile read(Path file) throws SettingsException {
    TomlParseResult table;
    try {
      table = Toml.parse(file);
    } catch (NoSuchFileException e) {
      throw new SettingsException(file + ": no such file", e);
    } catch (IOException e) {
      throw new SettingsException(file + ": cannot be read: " + e.getMessage(), e);
    }
    return of(file, table);
  }

  /**
   * Reads a text.
   *
   * @param name what messages call it
   */
  static ConfigFile parse(String name, String text) throws SettingsException {
    return of(Path.of(name), Toml.parse(text));
  }

  private static ConfigFile of(Path file, TomlParseResult table) throws SettingsException {
    if (table.hasErrors()) {
      TomlParseError first = table.errors().get(0);
      throw new SettingsException(at(file, first.position()) + ": " + first.getMessage());
    }
    return new ConfigFile(file, table);
  }

  /** Finds a key that is no setting, a value that is no text, a secret that others can read. */
  void check() throws SettingsException {
    for (String key : table.keySet()) {
      if (TABLES.contains(key)) {
        continue;
      }
      Optional<Setting> setting = Setting.ofKey(key);
      if (setting.isEmpty() && !key.equals(ROOT)) {
        throw new SettingsException(origin(key) + "unknown setting \"" + key + "\"" + hint(key));
      }
      text(key);
      if (setting.equals(Optional.of(Setting.QUEUE_PASSWORD))) {
        Secrets.requireHidden(file);
      }
    }
  }

  private static String hint(String key) {
    List<String> known = new ArrayList<>(List.of(ROOT));
    known.addAll(TABLES);
    Arrays.stream(Setting.values()).map(Setting::key).forEach(known::add);
    return Spelling.nearest(key, known)
        .map(word -> "; did you mean \"" + word + "\"?")
        .orElse("; known are " + String.join(", ", known));
  }

  /** The root that the file is about, as it is written there. */
  Optional<Given> root() throws SettingsException {
    return given(ROOT);
  }

  Optional<Given> find(Setting setting) throws SettingsException {
    return given(setting.key());
  }

  /** All of it, for a file that is none of settings. */
  ConfigTable whole() {
    return new ConfigTable(file, "", table);
  }

  /** A table that has a reader of its own. */
  Optional<ConfigTable> table(String key) throws SettingsException {
    Object value = table.get(List.of(key));
    if (value == null) {
      return Optional.empty();
    }
    if (!(value instanceof TomlTable inner)) {
      throw new SettingsException(origin(key) + key + " must be a table: [" + key + ".NAME]");
    }
    return Optional.of(new ConfigTable(file, key, inner));
  }

  private Optional<Given> given(String key) throws SettingsException {
    Optional<String> text = text(key);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    Path base = file.toAbsolutePath().getParent();
    return Optional.of(new Given(text.get(), origin(key) + key, base));
  }

  private Optional<String> text(String key) throws SettingsException {
    Object value = table.get(List.of(key));
    if (value == null) {
      return Optional.empty();
    }
    if (!(value instanceof String text)) {
      throw new SettingsException(
          origin(key) + key + " must be text in quotes, and is " + typeOf(value));
    }
    if (text.isBlank()) {
      throw new SettingsException(origin(key) + key + " is empty: leave it out for the default");
    }
    return Optional.of(text);
  }

  private static String typeOf(Object value) {
    if (value instanceof TomlTable) {
      return "a table";
    } else if (value instanceof TomlArray) {
      return "an array";
    } else if (value instanceof Boolean) {
      return "true or false";
    } else if (value instanceof Number) {
      return "a number";
    }
    return "a date or time";
  }

  private String origin(String key) {
    return at(file, table.inputPositionOf(List.of(key))) + ": ";
  }

  private static String at(Path file, TomlPosition position) {
    return file + ":" + position.line() + ":" + position.column();
  }

  @Override
  public String toString() {
    return file.toString();
  }
}
