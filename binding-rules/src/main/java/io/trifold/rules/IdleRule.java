package io.trifold.rules;

import java.util.List;

/**
 * A rule that decides for no path that can be, as later rules decide for all that it matches.
 *
 * @param rule the rule
 * @param certain whether that is proved; if not, the proof was too long to look for, and the rule
 *     may well decide something
 * @param coveredBy the later rules that decide instead, the last first; empty if that is not
 *     certain
 */
public record IdleRule(Rule rule, boolean certain, List<Rule> coveredBy) {
  private static final int MOST_NAMED = 3;

  /** One line for the user: where, what, and what to do. */
  public String message() {
    String what = rule.place() + ": \"" + rule + "\" ";
    if (!certain) {
      return what
          + "may never decide, as later rules cover much of it; try trifold explain on its paths";
    }
    if (coveredBy.isEmpty()) {
      return what + "never decides, as no name can match it; correct or remove it";
    }
    StringBuilder text = new StringBuilder(what).append("never decides, as later rules cover it: ");
    for (Rule cover : coveredBy.subList(0, Math.min(MOST_NAMED, coveredBy.size()))) {
      text.append('"').append(cover).append("\" at ").append(cover.place()).append(", ");
    }
    text.setLength(text.length() - 2);
    if (coveredBy.size() > MOST_NAMED) {
      text.append(" and ").append(coveredBy.size() - MOST_NAMED).append(" more");
    }
    return text.append("; move it below them or remove it").toString();
  }
}
