package io.trifold.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every error is one line that says where, what, and what to do. */
class RuleErrorTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\u0001',
      value = {
        "remot uploads/|1|unknown binding \"remot\"; did you mean \"remote\"? Known: local,"
            + " propagated, remote, log, include",
        "Local x|1|unknown binding \"Local\"; did you mean \"local\"?",
        "!local x|1|\"!\" has no meaning here",
        "xyzzy x|1|unknown binding \"xyzzy\"; write one of local, propagated, remote, log, include",
        "local|6|no pattern; write local PATTERN",
        "local #x|9|no pattern; write local PATTERN, with \\# for a name that begins with #",
        "local !x|7|\"!\" has no meaning here",
        "local /|7|\"/\" is the root itself",
        "local a//b|9|an empty name between slashes; write one slash",
        "local //b|8|an empty name between slashes; write one slash",
        "local ./b|7|\".\" never matches",
        "local a/../b|9|\"..\" never matches",
        "local a[bc|8|this [ is not closed; close it with ]",
        "local a[b/c]|8|this [ is not closed; close it with ]",
        "local é[[:alhpa:]]|11|unknown character class \"alhpa\"; did you mean \"alpha\"?",
        "local [z-a]|10|the range z-a is empty; write its lower end first",
        "local a\\|8|nothing follows this \\; write \\\\ for the character itself",
        "local a\\/b|8|a slash cannot be escaped",
        "remote a b|10|\"b\" is no option; write NAME=VALUE, and \"\\ \" for a space in a pattern",
        "remote a cach=2s|10|unknown option \"cach\"; did you mean \"cache\"? remote has cache,"
            + " timeout",
        "local a cache=2s|9|\"cache\" is an option of remote alone; remove it, as local has"
            + " deletes, bypass",
        "local /a/ bypass=on deletes=broadcast|11|deletes=broadcast and bypass=on do not go"
            + " together",
        "propagated a on-apply=A|23|\"A\" is no value of \"on-apply\"; write the name of a call, or"
            + " none",
        "log a cache=2s|7|\"cache\" is an option of remote alone; remove it, as log has targets,"
            + " host-tag",
        "local /a/ bypass=yes|18|\"yes\" is no value of \"bypass\"; write on or off",
        "remote a offline=refuse|10|\"offline\" is an option of propagated alone; remove it, as"
            + " remote has cache, timeout, passthrough",
        "remote a cache=2s cache=3s|19|\"cache\" stands here twice; remove one",
        "remote a cache=|16|\"\" is no value of \"cache\"; write a duration from 0 to 24h, for"
            + " example cache=1s",
        "remote a cache=2|16|\"2\" is no value of \"cache\"",
        "remote a cache=25h|16|\"25h\" is no value of \"cache\"",
        "remote a cache=-1s|16|\"-1s\" is no value of \"cache\"",
        "remote a cache=9999999999h|16|\"9999999999h\" is no value",
        "remote a timeout=0|18|\"0\" is no value of \"timeout\"; write a duration from 1ms to 1h",
        "propagated a offline=drop|22|\"drop\" is no value of \"offline\"; write journal or refuse",
        "propagated a sync=all|19|\"all\" is no value of \"sync\"; write none, queued or applied",
        "propagated a sync-timeout=0|27|\"0\" is no value of \"sync-timeout\"",
        "include|8|nothing to include; write include FILE or include preset:NAME",
        "include a b|11|more than one name to include",
        "include preset:compsr|9|no preset \"compsr\"; did you mean \"composr\"?",
        "include compsr|9|no preset \"compsr\"; did you mean \"composr\"?",
        "include no/such.rules|9|no rule file \"no/such.rules\"; create it, or correct the name",
      })
  void saysWhereAndWhatAndWhatToDo(String line, int column, String message) {
    assertThatThrownBy(() -> RuleSet.parse("app.rules", "# two lines\r\n" + line + "\n"))
        .isInstanceOf(RuleException.class)
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"))
        .hasMessageStartingWith("app.rules:2:" + column + ": " + message);
  }

  @Test
  void refusesACharacterThatNoNameHolds() {
    assertThatThrownBy(() -> RuleSet.parse("app.rules", "local a\0b"))
        .hasMessageStartingWith("app.rules:1:8: a NUL character");
    assertThatThrownBy(() -> RuleSet.parse("app.rules", "include a\0b"))
        .hasMessageStartingWith("app.rules:1:10: a NUL character");
  }

  @Test
  void refusesAPatternThatIsLongerThanAnyPath() {
    assertThatThrownBy(() -> RuleSet.parse("app.rules", "local " + "a/".repeat(3_000)))
        .hasMessageStartingWith("app.rules:1:7: a pattern longer than any path");
  }

  @Test
  void refusesMoreRulesThanItCanHold() {
    assertThatThrownBy(() -> RuleSet.parse("app.rules", "local a\n".repeat(100_001)))
        .hasMessageStartingWith("app.rules:100001:1: more than 100000 rules");
  }

  @Test
  void namesThePresetsWhereThereIsNoneOfThatName() {
    assertThatThrownBy(() -> RuleSet.named("nothing"))
        .isInstanceOf(RuleException.class)
        .hasMessage(
            "no preset \"nothing\"; write one of composr (a file has a slash or a dot in its name:"
                + " ./nothing)");
    assertThatThrownBy(() -> RuleSet.named("./nothing"))
        .isInstanceOf(RuleException.class)
        .hasMessage(
            "no rule file \"./nothing\"; create it, or correct the name (presets: composr)");
  }
}
