package io.trifold.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BypassTest {
  private static List<String> bypassed(String... lines) throws RuleException {
    return RuleSet.parse("t.rules", String.join("\n", lines)).bypasses().stream()
        .map(bypass -> bypass.rule().binding().word() + " " + bypass.path())
        .toList();
  }

  @Test
  void namesTheDirectoriesInTheOrderOfTheirPaths() throws RuleException {
    assertThat(bypassed("remote /data/media/ bypass=on cache=5s", "local /a\\ b/ bypass=on"))
        .containsExactly("local a b", "remote data/media");
  }

  @Test
  void isOffByDefaultAndOnRequest() throws RuleException {
    assertThat(bypassed("local /vendor/", "remote /media/ bypass=off")).isEmpty();
  }

  @Test
  void belongsToTheRuleThatDecides() throws RuleException {
    assertThat(bypassed("local /vendor/ bypass=on", "local /vendor/")).isEmpty();
    assertThat(bypassed("local /vendor/ bypass=on", "propagated /vendor/")).isEmpty();
    assertThat(bypassed("propagated /vendor/", "local /vendor/ bypass=on"))
        .containsExactly("local vendor");
  }

  @Test
  void countsOnceWithinItself() throws RuleException {
    assertThat(
            bypassed(
                "local /lib/ bypass=on", "local /lib/vendor/ bypass=on", "local /lib/ bypass=on"))
        .containsExactly("local lib");
    assertThat(bypassed("local /lib/ bypass=on", "local /lib/a/b/ bypass=on"))
        .containsExactly("local lib");
    assertThat(bypassed("local /lib/ bypass=on", "local /library/ bypass=on"))
        .containsExactly("local lib", "local library");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"vendor/", "/vendor", "vendor", "/*/vendor/", "/a/**/b/", "/v[e]ndor/", "/a/**"})
  void isForOneDirectoryAlone(String pattern) {
    assertThatThrownBy(() -> bypassed("", "local " + pattern + " bypass=on"))
        .isInstanceOf(RuleException.class)
        .hasMessage(
            "t.rules:2:%d: bypass=on is for one directory, and \"%s\" may match more; write its"
                + " path from the root with a slash at both ends and no wildcard, such as /vendor/",
            8 + pattern.length(), pattern);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "propagated /vendor/conf/",
        "propagated *.css",
        "remote uploads/",
        "remote /*/*/",
        "log *.log",
        "propagated /v*/x",
        "propagated /**/a/b",
      })
  void isRefusedWhereALaterRuleBindsOtherwiseBelow(String later) {
    assertThatThrownBy(() -> bypassed("local /vendor/ bypass=on", later))
        .isInstanceOf(RuleException.class)
        .hasMessage(
            "t.rules:1:16: bypass=on cannot be, as \"%s\" at t.rules:2 binds otherwise what is"
                + " below /vendor/; move this rule below that one, or remove one of them",
            later);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "local *.tmp",
        "local /vendor/cache/",
        "propagated /vendors/",
        "propagated /other/vendor/",
        "remote /*/",
        "propagated /?/x",
      })
  void isKeptWhereNoLaterRuleBindsOtherwiseBelow(String later) throws RuleException {
    assertThatNoException("local /vendor/ bypass=on", later);
  }

  private static void assertThatNoException(String... lines) throws RuleException {
    assertThat(RuleSet.parse("t.rules", String.join("\n", lines)).rules()).hasSize(lines.length);
  }

  @Test
  void letsAnEarlierRuleBindOtherwise() throws RuleException {
    assertThat(bypassed("propagated *.css", "remote /vendor/x/", "local /vendor/ bypass=on"))
        .containsExactly("local vendor");
  }

  @Test
  void provesThatALaterRuleNeverDecidesBelow() throws RuleException {
    assertThat(bypassed("local /vendor/ bypass=on", "propagated /vendor/a/", "local /vendor/a/"))
        .containsExactly("local vendor");
    assertThatThrownBy(
            () -> bypassed("local /vendor/ bypass=on", "propagated *.css", "local /vendor/a/"))
        .hasMessageContaining("\"propagated *.css\"");
  }

  @Test
  void asksForTheSameOptionsOfTheSharedStorage() throws RuleException {
    assertThat(bypassed("remote /m/ bypass=on cache=5s", "remote *.png cache=5s"))
        .containsExactly("remote m");
    assertThatThrownBy(() -> bypassed("remote /m/ bypass=on cache=5s", "remote *.png"))
        .hasMessageContaining("\"remote *.png\"");
  }

  @Test
  void isNoOptionOfWhatTheDaemonMustSee() {
    assertThatThrownBy(() -> bypassed("propagated /a/ bypass=on"))
        .hasMessage(
            "t.rules:1:16: \"bypass\" is an option of local and remote alone; remove it, as"
                + " propagated has offline, sync, sync-timeout, on-apply, max-size");
    assertThatThrownBy(() -> bypassed("log /a/ bypass=on"))
        .hasMessageContaining("log has targets, host-tag");
  }

  @Test
  void isDescribedWhereItIsOn() throws RuleException {
    RuleSet rules = RuleSet.parse("t.rules", "local /a/ bypass=on\nremote /b/");

    assertThat(rules.rules().get(0).options().describe(Binding.LOCAL)).isEqualTo("bypass=on");
    assertThat(rules.rules().get(1).options().describe(Binding.REMOTE))
        .isEqualTo("cache=1s timeout=30s passthrough=on");
  }
}
