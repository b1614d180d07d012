package io.trifold.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** What a rule set may become while a mount goes by it. */
class RuleSetBecomeTest {
  private static RuleSet parse(String... lines) throws RuleException {
    return RuleSet.parse("app.rules", String.join("\n", lines));
  }

  private static void refuses(RuleSet rules, String message, String... lines) throws RuleException {
    RuleSet other = parse(lines);
    var before = rules.rules();
    assertThatThrownBy(() -> rules.become(other))
        .isInstanceOf(RuleException.class)
        .hasMessageContaining(message);
    assertThat(rules.rules()).isEqualTo(before);
  }

  @Test
  void newOptionsAreInForceAtOnceForTheRootThatWasThere() throws RuleException {
    RuleSet rules = parse("propagated /pages/", "remote /uploads/ cache=1s");
    RuleState root = rules.root();

    rules.become(parse("# new", "propagated /pages/ max-size=10", "remote /uploads/ cache=9s"));

    assertThat(rules.root()).isSameAs(root);
    assertThat(root.step("pages").step("a").file().options().maxSize()).isEqualTo(10);
    assertThat(rules.at("pages/a").file().options().maxSize()).isEqualTo(10);
    assertThat(root.now()).isNotSameAs(root);
    assertThat(root.now().now()).isSameAs(root.now());
  }

  @Test
  void ruleMayComeAndGoThatBindsNothingOtherwise() throws RuleException {
    RuleSet rules = parse("propagated /pages/", "local *.tmp");

    rules.become(parse("propagated /pages/", "propagated /pages/*.html history=1d", "local *.tmp"));
    assertThat(rules.at("pages/a.html").file().rule().line()).isEqualTo(2);

    rules.become(parse("propagated /pages/", "local *.tmp", "local *.tmp", "local /cache/"));
    assertThat(rules.rules()).hasSize(4);
  }

  @Test
  void bindingThatChangesForAnyPathIsRefusedWithOne() throws RuleException {
    RuleSet rules = parse("propagated /pages/", "local *.tmp");

    refuses(
        rules,
        "app.rules:3: what is bound to local now would be bound to propagated, such as /cache",
        "propagated /pages/",
        "local *.tmp",
        "propagated /cache/");
    refuses(rules, "bound to local now would be bound to propagated", "propagated /pages/");
    refuses(rules, "bound to propagated now would be bound to local", "local *.tmp");
    refuses(rules, "needs a new mount", "local *.tmp", "propagated /pages/");
    refuses(
        rules,
        "bound to propagated now would be bound to log, such as /pages/",
        "propagated /pages/",
        "log /pages/**/x*9.log",
        "local *.tmp");
  }

  @Test
  void anotherBypassIsRefused() throws RuleException {
    RuleSet rules = parse("local /cache/");
    refuses(rules, "/cache is not bypassed now", "local /cache/ bypass=on");
    refuses(parse("local /cache/ bypass=on"), "would not be any more", "local /cache/");
  }

  @Test
  void rulesThatBindTheSameInAnotherOrderAreTaken() throws RuleException {
    RuleSet one = parse("propagated /a*b*c*/", "remote /x*/");
    RuleSet other = parse("remote /x*/", "propagated /a*b*c*/", "propagated /a*b*c*d/");
    one.become(other);
    assertThat(one.rules()).hasSize(3);
  }

  @Test
  void itAgreesWithWhatEveryPathShows() throws RuleException {
    Random random = new Random(5);
    String[] patterns = {"/a/", "*.b", "a?", "/a/**/c", "b/", "/b/a", "[ab]c", "**/d/"};
    String[] bindings = {"local", "propagated", "remote"};
    int same = 0;
    for (int run = 0; run < 600; run++) {
      RuleSet one = random(random, patterns, bindings);
      RuleSet other = random(random, patterns, bindings);
      boolean differs = differs(one.root(), other.root(), 3);
      boolean refused = false;
      try {
        one.become(other);
      } catch (RuleException e) {
        refused = true;
      }
      // The sample of paths is no proof that none differs; one that differs must be seen.
      if (differs) {
        assertThat(refused).as("%s and %s", one.rules(), other.rules()).isTrue();
      } else if (!refused) {
        same++;
      }
    }
    assertThat(same).isPositive();
  }

  private static RuleSet random(Random random, String[] patterns, String[] bindings)
      throws RuleException {
    StringBuilder text = new StringBuilder();
    int count = 1 + random.nextInt(2);
    for (int i = 0; i < count; i++) {
      text.append(bindings[random.nextInt(bindings.length)])
          .append(' ')
          .append(patterns[random.nextInt(patterns.length)])
          .append('\n');
    }
    return RuleSet.parse("random", text.toString());
  }

  private static boolean differs(RuleState one, RuleState other, int depth) {
    if (depth == 0) {
      return false;
    }
    for (String name : new String[] {"a", "b", "c", "d", "x.b", "ac", "bc", "ax", "z"}) {
      RuleState here = one.step(name);
      RuleState there = other.step(name);
      if (here.file().binding() != there.file().binding()
          || here.directory().binding() != there.directory().binding()
          || differs(here, there, depth - 1)) {
        return true;
      }
    }
    return false;
  }
}
