package io.trifold.cli;

import io.trifold.rules.IdleRule;
import io.trifold.rules.RuleSet;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code trifold rules check}. */
@Command(
    name = "check",
    description = "Reads rules and all that they include, and finds those that never decide.",
    mixinStandardHelpOptions = true)
final class RulesCheckCommand implements Callable<Integer> {
  @Parameters(paramLabel = "FILE|PRESET", description = "A rule file, or a preset's name.")
  private String named;

  @Override
  public Integer call() throws Exception {
    RuleSet rules = RuleSet.named(named);
    List<IdleRule> idle = rules.check();
    idle.forEach(rule -> System.out.println(rule.message()));
    String count = rules.rules().size() + (rules.rules().size() == 1 ? " rule" : " rules");
    System.out.println(named + ": " + count + (idle.isEmpty() ? ", all of use" : ""));
    // Not a failure: rules on top of a preset often leave some of its rules idle, on purpose.
    return 0;
  }
}
