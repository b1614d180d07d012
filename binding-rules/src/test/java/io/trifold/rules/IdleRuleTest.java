package io.trifold.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdleRuleTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "local *.php|remote *.php",
        "local a/b|remote a/",
        "local a/b/c.txt|remote /a/**",
        "local cache/|remote *",
        "local cache/x|remote **",
        "local /cache/**/x|remote /*/",
        "local [ab]|remote a|remote b",
        "local a[b]|remote ab",
        "local ?|remote [a-m]|remote [!a-m]",
        "local foo/|remote foo",
        "local /foo|remote foo",
        "local a/**/b|remote **/b",
        "local *a*b|remote *b",
        "local ??*|remote ?*",
        "local *|remote ?|remote ??*",
        "local [[:digit:]]|remote [0-4]|remote [5-9]",
      })
  void aRuleThatLaterRulesCoverIsIdle(String lines) throws RuleException {
    RuleSet rules = RuleSet.parse("t.rules", lines.replace('|', '\n'));

    List<IdleRule> idle = rules.check();

    assertThat(idle).hasSize(1);
    assertThat(idle.get(0).rule().number()).isZero();
    assertThat(idle.get(0).certain()).isTrue();
    assertThat(idle.get(0).coveredBy())
        .hasSize(rules.rules().size() - 1)
        .isSubsetOf(rules.rules().subList(1, rules.rules().size()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "remote *|local *.php",
        "local foo|remote foo/",
        "local foo|remote /foo",
        "local a/**|remote a/*/",
        "local *|remote ?|remote ???*",
        "local a/**/b|remote a/*/b",
        "local [ab]|remote a",
        "local x/y|remote y/",
        "local *.php|remote *.ph[!p]",
      })
  void aRuleOfWhichSomethingIsLeftIsNotIdle(String lines) throws RuleException {
    assertThat(RuleSet.parse("t.rules", lines.replace('|', '\n')).check()).isEmpty();
  }

  @Test
  void thePresetsHaveNoIdleRule() throws RuleException {
    for (String preset : RuleSet.presetNames()) {
      assertThat(RuleSet.preset(preset).check()).as(preset).isEmpty();
    }
  }

  @Test
  void saysWhereTheRuleAndWhatCoversItAre() throws RuleException {
    RuleSet rules = RuleSet.parse("t.rules", "# logs\nlocal *.log\n\nremote /* # all\n");

    assertThat(rules.check().get(0).message())
        .isEqualTo(
            "t.rules:2: \"local *.log\" never decides, as later rules cover it: \"remote /*\" at"
                + " t.rules:4; move it below them or remove it");
  }

  @Test
  void findsExactlyTheRulesThatDecideForNoPath() throws RuleException {
    RandomRules random = RandomRules.over("abc");
    List<String> segments = List.of("a", "b", "*", "**", "a*", "*b", "?", "[ab]", "[!a]", "??*");
    int idleInAll = 0;
    for (int round = 0; round < 150; round++) {
      StringBuilder text = new StringBuilder();
      for (int i = 2 + random.below(5); i > 0; i--) {
        text.append("remote ")
            .append(random.below(2) == 0 ? "/" : "")
            .append(random.oneOf(segments))
            .append(random.below(2) == 0 ? "/" + random.oneOf(segments) : "")
            .append(random.below(3) == 0 ? "/\n" : "\n");
      }
      RuleSet rules = RuleSet.parse("t.rules", text.toString());
      Set<Rule> idle = new HashSet<>(rules.rules());
      removeDeciding(rules.root(), 0, idle);
      assertThat(rules.check().stream().map(IdleRule::rule))
          .as(text.toString())
          .containsExactlyInAnyOrderElementsOf(idle);
      idleInAll += idle.size();
    }
    assertThat(idleInAll).isGreaterThan(20);
  }

  /** Walks all paths of some length over few characters. */
  private static void removeDeciding(RuleState directory, int depth, Set<Rule> rules) {
    for (String name : names(depth < 2 ? 3 : 2)) {
      RuleState state = directory.step(name);
      rules.remove(state.file().rule());
      rules.remove(state.directory().rule());
      if (depth < 2) {
        removeDeciding(state, depth + 1, rules);
      }
    }
  }

  private static List<String> names(int longest) {
    List<String> names = new ArrayList<>(List.of("a", "b", "c"));
    int from = 0;
    for (int length = 2; length <= longest; length++) {
      int to = names.size();
      for (String shorter : List.copyOf(names.subList(from, to))) {
        names.addAll(List.of(shorter + "a", shorter + "b", shorter + "c"));
      }
      from = to;
    }
    return names;
  }

  @Test
  void isDoneSoonWithManyRules() throws RuleException {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 3_000; i++) {
      text.append("remote *.e").append(i).append("\nlocal /dir").append(i).append("/a*b\n");
    }
    text.append("local *.e7*\nremote /dir8/\n");

    List<IdleRule> idle = RuleSet.parse("t.rules", text.toString()).check();

    assertThat(idle.stream().filter(IdleRule::certain).map(i -> i.rule().pattern()))
        .contains("/dir8/a*b")
        .allMatch(pattern -> pattern.startsWith("*.e7") || pattern.equals("/dir8/a*b"));
    assertThat(idle.stream().map(i -> i.rule().pattern()))
        .contains("*.e7", "*.e71")
        .allMatch(pattern -> pattern.startsWith("*.e7") || pattern.equals("/dir8/a*b"));
  }
}
