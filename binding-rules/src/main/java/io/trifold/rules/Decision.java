package io.trifold.rules;

/**
 * Which binding a path has, and why.
 *
 * @param binding the binding
 * @param rule the rule that decided; {@link Rule#DEFAULT} where no rule matches
 */
public record Decision(Binding binding, Rule rule) {
  /** The options of the rule that decided, with defaults for what it leaves out. */
  public Options options() {
    return rule.options();
  }
}
