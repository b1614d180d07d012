package io.trifold.rules;

/**
 * A directory that the kernel is to serve itself, from where its bytes are. Everything in it has
 * the binding of the rule.
 *
 * @param path relative to the root, without leading or trailing slash
 * @param rule the rule that decides for it
 */
public record Bypass(String path, Rule rule) {
  /** The side that its bytes are on. */
  public Side side() {
    return rule.binding().side();
  }
}
