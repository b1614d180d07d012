package io.trifold.cli;

import io.trifold.rules.RuleSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code trifold rules presets}. */
@Command(
    name = "presets",
    description = "Lists the presets: rules for known applications.",
    mixinStandardHelpOptions = true)
final class RulesPresetsCommand implements Callable<Integer> {
  @Override
  public Integer call() {
    RuleSet.presetNames().forEach(System.out::println);
    return 0;
  }
}
