package io.trifold.rules;

import java.nio.file.Path;
import java.util.List;

/** All rules of a mount, compiled. Immutable to its users and safe for threads. */
public final class RuleSet {
  private final List<RuleReader.Parsed> parsed;
  private final List<Rule> rules;
  private final Automaton automaton;
  private final List<Bypass> bypasses;

  private RuleSet(List<RuleReader.Parsed> parsed) throws RuleException {
    this.parsed = parsed;
    this.rules = parsed.stream().map(RuleReader.Parsed::rule).toList();
    this.automaton = new Automaton(RuleTree.of(parsed), rules);
    this.bypasses = new BypassRules(parsed, automaton).find();
  }

  /**
   * Reads a rule file and all that it includes.
   *
   * @throws RuleException if one of them cannot be read or is not in the language
   */
  public static RuleSet load(Path file) throws RuleException {
    try {
      return compile(Source.file(file));
    } catch (SourceException e) {
      throw new RuleException(e.getMessage());
    }
  }

  /**
   * The preset of that name.
   *
   * @throws RuleException if there is none
   */
  public static RuleSet preset(String name) throws RuleException {
    try {
      return compile(Source.preset(name));
    } catch (SourceException e) {
      throw new RuleException(e.getMessage());
    }
  }

  /** The names of all presets, sorted. */
  public static List<String> presetNames() {
    return Presets.names();
  }

  /**
   * The rules that a user names by one word: {@code preset:NAME} is a preset; a word with a slash
   * or a dot in it, or the name of a file in the working directory, is a file; any other is a
   * preset.
   *
   * @throws RuleException as {@link #load} and {@link #preset} do
   */
  public static RuleSet named(String fileOrPreset) throws RuleException {
    try {
      return compile(Source.named(fileOrPreset, Path.of("")));
    } catch (SourceException e) {
      throw new RuleException(e.getMessage());
    }
  }

  /**
   * Rules from text, as if read from a file named {@code name} in the working directory.
   *
   * @throws RuleException if it is not in the language
   */
  public static RuleSet parse(String name, String text) throws RuleException {
    return compile(Source.text(name, text));
  }

  private static RuleSet compile(Source source) throws RuleException {
    return new RuleSet(RuleReader.read(source));
  }

  /** The rules, in their order. */
  public List<Rule> rules() {
    return rules;
  }

  /**
   * The rules that can never decide anything, in their order, each with the later rules that decide
   * instead. Exact, but for rules whose proof would take too long; those are marked as not certain.
   */
  public List<IdleRule> check() {
    return new IdleRuleSearch(parsed, automaton).find();
  }

  /** The directories that are to be bypassed, none within another, in the order of their paths. */
  public List<Bypass> bypasses() {
    return bypasses;
  }

  /** The state of the application's root directory, which no rule matches: it is local. */
  public RuleState root() {
    return automaton.root();
  }

  /**
   * The state of a path relative to the root, without leading slash; empty for the root itself. All
   * components but the last are taken to be directories; empty ones are skipped.
   */
  public RuleState at(String path) {
    RuleState state = automaton.root();
    for (int from = 0; from < path.length(); ) {
      int slash = path.indexOf('/', from);
      int end = slash < 0 ? path.length() : slash;
      if (end > from) {
        state = state.step(path.substring(from, end));
      }
      from = end + 1;
    }
    return state;
  }
}
