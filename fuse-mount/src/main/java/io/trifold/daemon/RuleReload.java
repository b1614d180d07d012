package io.trifold.daemon;

import com.fasterxml.jackson.databind.JsonNode;
import io.trifold.control.ControlCommand;
import io.trifold.control.ControlException;
import io.trifold.rules.Binding;
import io.trifold.rules.RuleException;
import io.trifold.rules.RuleSet;
import io.trifold.tree.Tree;
import java.io.IOException;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a mount's rules anew. It takes new options, and no new bindings: who has content open, and
 * what stands on the disks, never finds itself on the other side of a rule. Of many threads.
 */
final class RuleReload implements ControlCommand {
  private static final Logger log = LoggerFactory.getLogger(RuleReload.class);

  private final String named;
  private final RuleSet rules;
  private final Tree tree;
  private Check check = fresh -> {};

  /** Objects to rules for what is not theirs alone. */
  @FunctionalInterface
  interface Check {
    void check(RuleSet rules) throws MountException;
  }

  /**
   * The reload of a mount.
   *
   * @param named the rule file or preset, as in the settings
   * @param rules those of the mount, which become the new ones
   */
  RuleReload(String named, RuleSet rules, Tree tree) {
    this.named = named;
    this.rules = rules;
    this.tree = tree;
  }

  /** Who is asked from now on before rules are taken. */
  synchronized void checking(Check asked) {
    check = asked;
  }

  /**
   * Reads them, and goes by them.
   *
   * @return a line that says so
   * @throws RuleException or {@link MountException}: a line that says why not; the old rules stay
   */
  synchronized String reload() throws RuleException, MountException {
    RuleSet fresh = RuleSet.named(named);
    check.check(fresh);
    needsNothingNew(fresh, Binding.REMOTE);
    needsNothingNew(fresh, Binding.LOG);
    rules.become(fresh);
    tree.rulesChanged();
    String done = named + ": " + rules.rules().size() + " rules are in force";
    log.info("reloaded: {}", done);
    return done;
  }

  /** What serves these is opened by a mount that has such rules. */
  private void needsNothingNew(RuleSet fresh, Binding binding) throws MountException {
    if (rules.rules().stream().anyMatch(rule -> rule.binding() == binding)) {
      return;
    }
    var first = fresh.rules().stream().filter(rule -> rule.binding() == binding).findFirst();
    if (first.isPresent()) {
      throw new MountException(
          first.get().place()
              + ": the mount's first "
              + binding.word()
              + " rule: that needs a new mount");
    }
  }

  @Override
  public int run(JsonNode arguments, Answers answers) throws ControlException, IOException {
    try {
      answers.give(Map.of("line", reload()));
      return 0;
    } catch (RuleException | MountException e) {
      throw new ControlException("the old rules stay: " + e.getMessage(), e);
    }
  }
}
