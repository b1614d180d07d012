package io.trifold.cli;

import io.trifold.inspect.RuleListing;
import io.trifold.rules.RuleSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code trifold rules show}. */
@Command(
    name = "show",
    description = "Shows rules as one file, with all that they include.",
    mixinStandardHelpOptions = true)
final class RulesShowCommand implements Callable<Integer> {
  @Parameters(paramLabel = "FILE|PRESET", description = "A rule file, or a preset's name.")
  private String named;

  @Override
  public Integer call() throws Exception {
    System.out.print(RuleListing.write(RuleSet.named(named)));
    return 0;
  }
}
