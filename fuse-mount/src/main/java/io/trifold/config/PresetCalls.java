package io.trifold.config;

import io.trifold.farm.CallDeclaration;
import io.trifold.rules.Rule;
import io.trifold.rules.RuleException;
import io.trifold.rules.RuleSet;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The calls that presets bring along with their rules. */
final class PresetCalls {
  /** Before the name of a preset, where rules are named. */
  static final String PRESET = "preset:";

  private final CallTables tables;

  PresetCalls(CallTables tables) {
    this.tables = tables;
  }

  /**
   * Those of the presets that these rules are, or include.
   *
   * @param rules a file or a preset; one that cannot be read has none, and says so when it is
   *     mounted
   */
  Map<String, CallDeclaration> of(String rules) throws SettingsException {
    Map<String, CallDeclaration> calls = new TreeMap<>();
    for (String preset : presets(rules)) {
      Optional<String> text = text(preset.substring(PRESET.length()));
      if (text.isPresent()) {
        calls.putAll(tables.read(ConfigFile.parse(preset, text.get()).table("calls"), Map.of()));
      }
    }
    return calls;
  }

  private static List<String> presets(String rules) {
    try {
      return RuleSet.named(rules).rules().stream()
          .map(Rule::file)
          .filter(file -> file.startsWith(PRESET))
          .distinct()
          .toList();
    } catch (RuleException e) {
      return List.of();
    }
  }

  private static Optional<String> text(String preset) {
    try (InputStream in = PresetCalls.class.getResourceAsStream("presets/" + preset + ".toml")) {
      return in == null
          ? Optional.empty()
          : Optional.of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
