package io.trifold.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** The automaton against {@link NaiveMatcher}, on random rules and paths. */
class AutomatonPropertyTest {
  private static final String CHARACTERS = "abcA1.-] [é\uD83D\uDE00\uDCE9";

  private final RandomRules random = RandomRules.over(CHARACTERS);

  @Test
  void decidesAsTryingEveryRuleDoes() throws RuleException {
    for (int round = 0; round < 2_000; round++) {
      String text = random.rules(1 + random.below(8));
      RuleSet rules = RuleSet.parse("random.rules", text);
      for (int i = 0; i < 20; i++) {
        assertSameAsNaive(text, rules.rules(), rules.root(), random.path());
      }
    }
  }

  @Test
  void decidesAsTryingEveryRuleDoesInLargeSets() throws RuleException {
    for (int round = 0; round < 20; round++) {
      String text = random.rules(400);
      RuleSet rules = RuleSet.parse("random.rules", text);
      for (int i = 0; i < 100; i++) {
        assertSameAsNaive("400 rules", rules.rules(), rules.root(), random.path());
      }
    }
  }

  @Test
  void staysRightWhileItsTablesOverflow() throws RuleException {
    for (int round = 0; round < 200; round++) {
      String text = random.rules(20);
      RuleSet rules = RuleSet.parse("random.rules", text);
      Automaton automaton = tight(text);
      for (int i = 0; i < 50; i++) {
        assertSameAsNaive(text, rules.rules(), automaton.root(), random.path());
      }
    }
  }

  @Test
  void staysRightForManyThreadsWhileItsTablesOverflow() throws Exception {
    String text = random.rules(40);
    List<Rule> rules = RuleSet.parse("random.rules", text).rules();
    Automaton automaton = tight(text);
    List<String> paths = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      paths.add(random.path());
    }
    Callable<Void> walk =
        () -> {
          for (int round = 0; round < 20; round++) {
            for (String path : paths) {
              assertSameAsNaive(text, rules, automaton.root(), path);
            }
          }
          return null;
        };
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      for (Future<Void> done : threads.invokeAll(List.of(walk, walk, walk, walk))) {
        done.get();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void aDirectoryThatIsNotMixedHoldsNothingOfTheOtherSide() throws RuleException {
    int separate = 0;
    for (int round = 0; round < 2_000; round++) {
      String text = random.rules(1 + random.below(3));
      RuleSet rules = RuleSet.parse("random.rules", text);
      RuleState directory = rules.at(random.path());
      if (directory.mixed()) {
        continue;
      }
      separate++;
      for (int i = 0; i < 20; i++) {
        RuleState below = directory;
        for (String name : RandomRules.names(random.path())) {
          below = below.step(name);
          assertThat(below.mixed()).as(text).isFalse();
        }
        Side side = directory.directory().binding().side();
        assertThat(below.file().binding().side()).as(text).isEqualTo(side);
        assertThat(below.directory().binding().side()).as(text).isEqualTo(side);
      }
    }
    assertThat(separate).isGreaterThan(100);
  }

  /** The rules of {@code text} in an automaton whose tables overflow all the time. */
  private static Automaton tight(String text) throws RuleException {
    List<RuleReader.Parsed> parsed = RuleReader.read(Source.text("random.rules", text));
    RuleTree tree = RuleTree.of(parsed);
    List<Rule> rules = parsed.stream().map(RuleReader.Parsed::rule).toList();
    return new Automaton(tree, rules, new NameAutomaton(tree, 300), 100);
  }

  private static void assertSameAsNaive(
      String text, List<Rule> rules, RuleState root, String path) {
    RuleState state = root;
    for (String name : RandomRules.names(path)) {
      state = state.step(name);
    }
    assertThat(state.file().rule())
        .as("file %s in%n%s", path, text)
        .isEqualTo(NaiveMatcher.decide(rules, path, false));
    assertThat(state.directory().rule())
        .as("directory %s in%n%s", path, text)
        .isEqualTo(NaiveMatcher.decide(rules, path, true));
  }
}
