package io.trifold.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Whatever names come, the automata keep to their bounds. */
class MemoryBoundTest {
  private static final long LEAST_OVERFLOWS = 3;

  private final RandomRules random = RandomRules.over("ab");

  @Test
  void namesThatReachEverMoreStatesDoNotGrowTheCharacterAutomaton() throws RuleException {
    // Which of the last sixteen characters are an "a": 2^16 states, all of them reached.
    RuleTree tree = RuleTree.of(parse("remote *a???????????????\n"));
    NameAutomaton names = new NameAutomaton(tree, 50_000);
    IntSet.Builder start = new IntSet.Builder();
    tree.root().anyDepth().globs().enter(start);
    IntSet begin = start.build();
    long dropped = 0;
    long before = 0;
    for (int i = 0; i < 20_000; i++) {
      StringBuilder name = new StringBuilder();
      for (int part = 0; part < 10; part++) {
        name.append(random.name());
      }
      boolean matches = name.length() >= 16 && name.charAt(name.length() - 16) == 'a';
      assertThat(names.run(begin, name.toString()).isEmpty()).isEqualTo(!matches);
      dropped += names.size() < before ? 1 : 0;
      before = names.size();
      assertThat(names.size()).isLessThan(50_000 + 40 * 100);
    }
    assertThat(dropped).isGreaterThan(LEAST_OVERFLOWS);
  }

  @Test
  void pathsThatReachEverMoreStatesDoNotGrowTheTableOfStates() throws RuleException {
    // Which of the names stood above already: 2^16 states.
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 16; i++) {
      text.append("remote **/d").append(i).append("/**/end").append(i).append('\n');
    }
    List<RuleReader.Parsed> parsed = parse(text.toString());
    RuleTree tree = RuleTree.of(parsed);
    List<Rule> rules = parsed.stream().map(RuleReader.Parsed::rule).toList();
    Automaton automaton = new Automaton(tree, rules, new NameAutomaton(tree), 20_000);
    long dropped = 0;
    long before = 0;
    for (int i = 0; i < 2_000; i++) {
      RuleState state = automaton.root();
      int last = 0;
      for (int depth = 0; depth < 12; depth++) {
        last = random.below(16);
        state = state.step("d" + last);
        dropped += automaton.weight() < before ? 1 : 0;
        before = automaton.weight();
        assertThat(automaton.weight()).isLessThan(20_000 + 200);
      }
      assertThat(state.step("end" + last).file().rule().number()).isEqualTo(last);
    }
    assertThat(dropped).isGreaterThan(LEAST_OVERFLOWS);
  }

  @Test
  void namesThatNoRuleKnowsAddNothing() throws RuleException {
    List<RuleReader.Parsed> parsed = parse("remote *.jpg\nlocal /cache/\npropagated conf*.d/\n");
    RuleTree tree = RuleTree.of(parsed);
    List<Rule> rules = parsed.stream().map(RuleReader.Parsed::rule).toList();
    NameAutomaton names = new NameAutomaton(tree);
    Automaton automaton = new Automaton(tree, rules, names, Automaton.HEAVIEST_TABLE);
    for (int i = 0; i < 100_000; i++) {
      automaton.root().step("upload-" + i + ".jpg").step("é" + i);
    }
    assertThat(automaton.weight()).isLessThan(1_000);
    assertThat(names.size()).isLessThan(2_000);
  }

  private static List<RuleReader.Parsed> parse(String text) throws RuleException {
    return RuleReader.read(Source.text("t.rules", text));
  }
}
