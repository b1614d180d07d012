package io.trifold.rules;

import java.nio.file.Path;
import java.util.List;

/**
 * All rules of a mount, compiled. Safe for threads. Nothing in it changes but by {@link #become},
 * and that never changes what a path is bound to.
 */
public final class RuleSet {
  private record Compiled(
      List<RuleReader.Parsed> parsed,
      List<Rule> rules,
      Automaton automaton,
      List<Bypass> bypasses) {
    static Compiled of(List<RuleReader.Parsed> parsed) throws RuleException {
      List<Rule> rules = parsed.stream().map(RuleReader.Parsed::rule).toList();
      Automaton automaton = new Automaton(RuleTree.of(parsed), rules);
      return new Compiled(parsed, rules, automaton, new BypassRules(parsed, automaton).find());
    }
  }

  private volatile Compiled compiled;
  private final RuleState root = new Root();

  private RuleSet(List<RuleReader.Parsed> parsed) throws RuleException {
    this.compiled = Compiled.of(parsed);
  }

  /** The root of the rules of the moment. */
  private final class Root implements RuleState {
    @Override
    public RuleState now() {
      return compiled.automaton().root();
    }

    @Override
    public RuleState step(String name) {
      return now().step(name);
    }

    @Override
    public Decision file() {
      return now().file();
    }

    @Override
    public Decision directory() {
      return now().directory();
    }

    @Override
    public boolean mixed() {
      return now().mixed();
    }

    @Override
    public boolean settled() {
      return now().settled();
    }
  }

  /**
   * Takes the rules of another set from now on: {@link #root} and {@link #at} go by them at once.
   *
   * @throws RuleException if they would bind any path otherwise, or bypass another directory, or if
   *     that cannot be told; then nothing has changed
   */
  public void become(RuleSet other) throws RuleException {
    Compiled next = other.compiled;
    Compiled last = compiled;
    checkBypasses(last, next);
    new BindingComparison(last.parsed(), last.automaton(), next.parsed(), next.automaton()).check();
    compiled = next;
  }

  private static void checkBypasses(Compiled last, Compiled next) throws RuleException {
    for (Bypass bypass : next.bypasses()) {
      if (last.bypasses().stream().noneMatch(it -> isSame(it, bypass))) {
        throw new RuleException(
            bypass.rule().place()
                + ": /"
                + bypass.path()
                + " is not bypassed now: that needs a new mount");
      }
    }
    for (Bypass bypass : last.bypasses()) {
      if (next.bypasses().stream().noneMatch(it -> isSame(it, bypass))) {
        throw new RuleException(
            "/"
                + bypass.path()
                + " is bypassed now, and would not be any more: that needs a new mount");
      }
    }
  }

  private static boolean isSame(Bypass one, Bypass other) {
    return one.path().equals(other.path()) && one.side() == other.side();
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
    return compiled.rules();
  }

  /**
   * The rules that can never decide anything, in their order, each with the later rules that decide
   * instead. Exact, but for rules whose proof would take too long; those are marked as not certain.
   */
  public List<IdleRule> check() {
    Compiled current = compiled;
    return new IdleRuleSearch(current.parsed(), current.automaton()).find();
  }

  /** The directories that are to be bypassed, none within another, in the order of their paths. */
  public List<Bypass> bypasses() {
    return compiled.bypasses();
  }

  /**
   * The state of the application's root directory, which no rule matches: it is local. It stays the
   * state of the root whatever this set becomes.
   */
  public RuleState root() {
    return root;
  }

  /**
   * The state of a path relative to the root, without leading slash; empty for the root itself. All
   * components but the last are taken to be directories; empty ones are skipped.
   */
  public RuleState at(String path) {
    RuleState state = root;
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
