package io.trifold.rules;

import java.nio.file.Path;
import java.util.List;

/** All rules of a mount, compiled. */
public final class RuleSet {
  private RuleSet() {}

  /** Reads a rule file and all that it includes. */
  public static RuleSet load(Path file) throws RuleException {
    throw new UnsupportedOperationException();
  }

  /** The preset of that name. */
  public static RuleSet preset(String name) throws RuleException {
    throw new UnsupportedOperationException();
  }

  /** Rules from text, as if read from a file named {@code name} in the working directory. */
  public static RuleSet parse(String name, String text) throws RuleException {
    throw new UnsupportedOperationException();
  }

  /** The rules, in their order. */
  public List<Rule> rules() {
    throw new UnsupportedOperationException();
  }

  /** The state of the application's root directory. */
  public RuleState root() {
    throw new UnsupportedOperationException();
  }

  /** The state of a path relative to the root, without leading slash; empty for the root itself. */
  public RuleState at(String path) {
    throw new UnsupportedOperationException();
  }
}
