package io.trifold.inspect;

import io.trifold.rules.Decision;
import io.trifold.rules.Rule;
import io.trifold.rules.RuleException;
import io.trifold.rules.RuleSet;
import java.util.List;

/**
 * All rules of a mount as one rule file, whatever they were included from: the virtual file {@code
 * rules}. A comment before each says where it stands. So who asks a mount learns the rules that it
 * has, not those that the files have by now.
 */
public final class RuleListing {
  private final RuleSet rules;
  private final List<String> lines;

  private RuleListing(RuleSet rules, List<String> lines) {
    this.rules = rules;
    this.lines = lines;
  }

  /** The text of the listing. */
  public static String write(RuleSet rules) {
    StringBuilder text = new StringBuilder();
    for (Rule rule : rules.rules()) {
      text.append("# ").append(rule.place().replaceAll("\\p{Cntrl}", "?")).append('\n');
      text.append(rule).append('\n');
    }
    return text.toString();
  }

  /** Reads the text that {@link #write} made. */
  public static RuleListing read(String text) throws RuleException {
    return new RuleListing(RuleSet.parse("rules", text), text.lines().toList());
  }

  /** Explains a path by these rules, naming the places in the files that they came from. */
  public Explanation explain(Places places, String path, boolean directory) {
    Explanation listed = Explanation.of(rules, places, path, directory);
    Rule rule = listed.decision().rule();
    if (rule.line() == 0) {
      return listed;
    }
    String place = lines.get(rule.line() - 2).substring("# ".length());
    int colon = place.lastIndexOf(':');
    Rule original =
        new Rule(
            rule.number(),
            rule.binding(),
            rule.pattern(),
            rule.options(),
            place.substring(0, colon),
            Integer.parseInt(place.substring(colon + 1)));
    return new Explanation(
        path,
        new Decision(rule.binding(), original),
        listed.merged(),
        listed.bytes(),
        listed.bypass());
  }
}
