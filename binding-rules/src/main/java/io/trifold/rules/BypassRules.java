package io.trifold.rules;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The rules with {@code bypass=on}: refuses those that cannot be carried out. In a bypassed
 * directory nobody looks at rules any more, so no rule may bind anything there otherwise.
 */
final class BypassRules {
  private final List<RuleReader.Parsed> rules;
  private final Automaton automaton;

  /** Null until a proof is needed, as few rule sets need one. */
  private IdleRuleSearch search;

  BypassRules(List<RuleReader.Parsed> rules, Automaton automaton) {
    this.rules = rules;
    this.automaton = automaton;
  }

  /** The directories to bypass, none within another, in the order of their paths. */
  List<Bypass> find() throws RuleException {
    Map<String, Bypass> found = new TreeMap<>();
    for (RuleReader.Parsed parsed : rules) {
      if (parsed.rule().options().bypass()) {
        List<String> names = names(parsed);
        if (decides(names, parsed.rule())) {
          requireAlone(names, parsed);
          String path = String.join("/", names);
          found.put(path, new Bypass(path, parsed.rule()));
        }
      }
    }
    return found.values().stream().filter(bypass -> !isWithinOther(bypass.path(), found)).toList();
  }

  private static List<String> names(RuleReader.Parsed parsed) throws RuleException {
    List<String> names = new ArrayList<>();
    for (Segment segment : parsed.pattern().segments()) {
      if (!(segment instanceof Segment.Literal literal)) {
        throw notOneDirectory(parsed);
      }
      names.add(literal.name());
    }
    if (!parsed.pattern().directoriesOnly()) {
      throw notOneDirectory(parsed);
    }
    return names;
  }

  private static RuleException notOneDirectory(RuleReader.Parsed parsed) {
    return parsed.error(
        "bypass=on is for one directory, and \""
            + parsed.rule().pattern()
            + "\" may match more; write its path from the root with a slash at both ends and no"
            + " wildcard, such as /vendor/");
  }

  /** A later rule may decide for the directory itself: then its options count, and not these. */
  private boolean decides(List<String> names, Rule rule) {
    return state(names).directory().rule().equals(rule);
  }

  private RuleState state(List<String> names) {
    RuleState state = automaton.root();
    for (String name : names) {
      state = state.step(name);
    }
    return state;
  }

  private void requireAlone(List<String> names, RuleReader.Parsed bypass) throws RuleException {
    if (state(names).settled()) {
      return;
    }
    for (RuleReader.Parsed later : rules.subList(bypass.rule().number() + 1, rules.size())) {
      if (!bindsAlike(later.rule(), bypass.rule()) && search().mayDecideBelow(names, later)) {
        throw bypass.error(
            "bypass=on cannot be, as \""
                + later.rule()
                + "\" at "
                + later.rule().place()
                + " binds otherwise what is below "
                + bypass.rule().pattern()
                + "; move this rule below that one, or remove one of them");
      }
    }
  }

  /** Whether it makes no difference which of the two decides within a bypassed directory. */
  private static boolean bindsAlike(Rule rule, Rule other) {
    return rule.binding() == other.binding() && bare(rule).equals(bare(other));
  }

  private static Options bare(Rule rule) {
    return rule.options().withBypass(false).withWritten("");
  }

  private IdleRuleSearch search() {
    if (search == null) {
      search = new IdleRuleSearch(rules, automaton);
    }
    return search;
  }

  private static boolean isWithinOther(String path, Map<String, Bypass> all) {
    for (int slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      if (all.containsKey(path.substring(0, slash))) {
        return true;
      }
    }
    return false;
  }
}
