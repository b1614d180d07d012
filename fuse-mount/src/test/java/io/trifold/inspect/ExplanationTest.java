package io.trifold.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.rules.RuleSet;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ExplanationTest {
  private static final Places PLACES =
      new Places(Path.of("/srv/app"), Path.of("/srv/shared_storage"));

  private RuleSet rules;

  @BeforeEach
  void parse() throws Exception {
    rules =
        RuleSet.parse(
            "my.rules",
            """
            # code
            propagated *.php
            remote /data/uploads/ timeout=5s
            """);
  }

  @Test
  void showsRuleOptionsAndBytesOfARemotePath() {
    Explanation explanation = Explanation.of(rules, PLACES, "data/uploads/a.png", false);

    assertThat(explanation.rule()).isEqualTo("my.rules:3 /data/uploads/");
    assertThat(explanation.describe("a.png"))
        .isEqualTo(
            """
            path:    a.png
            binding: remote
            rule:    my.rules:3 /data/uploads/
            options: cache=1s timeout=5s passthrough=on
            bytes:   /srv/shared_storage/data/uploads/a.png (on the shared storage)
            """);
  }

  @Test
  void saysDefaultWhereNoRuleMatches() {
    Explanation explanation = Explanation.of(rules, PLACES, "README", false);

    assertThat(explanation.rule()).isEqualTo("default");
    assertThat(explanation.bytes()).isEqualTo("/srv/app/README");
  }

  @Test
  void saysThatADirectoryIsMerged() {
    assertThat(Explanation.of(rules, PLACES, "data", true).describe("data"))
        .contains("merged directory");
  }

  @Test
  void saysThatTheKernelServesABypassedDirectory() throws Exception {
    rules = RuleSet.parse("my.rules", "local /lib/vendor/ bypass=on");

    assertThat(Explanation.of(rules, PLACES, "lib/vendor/a", false).describe("a"))
        .endsWith("bypass:  the kernel serves /lib/vendor from there itself\n");
    assertThat(Explanation.of(rules, PLACES, "lib/vendors", true).describe("a"))
        .doesNotContain("bypass:");
  }

  @Test
  void explainsFromAListingAsFromTheFiles() throws Exception {
    RuleListing listing = RuleListing.read(RuleListing.write(rules));

    for (String path : new String[] {"index.php", "data/uploads/a", "other"}) {
      assertThat(listing.explain(PLACES, path, false).describe(path))
          .isEqualTo(Explanation.of(rules, PLACES, path, false).describe(path));
    }
  }
}
