package io.trifold.logs;

import static io.trifold.rules.LogTarget.CLOUD;
import static io.trifold.rules.LogTarget.FILE;
import static io.trifold.rules.LogTarget.SYSLOG;
import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.rules.LogOptions;
import io.trifold.rules.RuleSet;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TargetsTest {
  private static Targets of(String start, String rule) throws Exception {
    LogOptions options = RuleSet.parse("t", "log a " + rule).rules().get(0).options().log();
    return Targets.of(Header.of(start.getBytes(StandardCharsets.UTF_8)), options);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "TARGETS: file, syslog, cloud\n2026-01-01 text",
        "TARGETS: cloud,syslog ,file",
        "targets:file cloud syslog\r\n",
        "TARGET: syslog;cloud;file\n",
        "\uFEFF  Targets :  FILE,  Cloud ,, syslog  \n",
      })
  void anyOrderAndSpacingWillDo(String start) throws Exception {
    assertThat(of(start, "").all()).containsExactlyInAnyOrder(FILE, SYSLOG, CLOUD);
    assertThat(of(start, "").problem()).isEmpty();
  }

  @Test
  void theFileCountsAndElseTheRule() throws Exception {
    assertThat(of("TARGETS: syslog\n", "targets=file,cloud").all()).containsExactly(SYSLOG);
    assertThat(of("2026-01-01 TARGETS: syslog\n", "targets=file,cloud").all())
        .containsExactlyInAnyOrder(FILE, CLOUD);
    assertThat(of("", "").all()).containsExactly(FILE);
  }

  @Test
  void cloudWithoutFileIsAnErrorAndLosesNothing() throws Exception {
    assertThat(of("TARGETS: cloud\n", "").all()).containsExactly(FILE);
    assertThat(of("TARGETS: cloud\n", "").problem()).contains("cloud without file");
    assertThat(of("TARGETS: syslog, cloud\n", "").all()).containsExactly(SYSLOG);
  }

  @Test
  void whatIsNoTargetIsAnErrorAndLosesNothing() throws Exception {
    assertThat(of("TARGETS: file, clowd\n", "").problem()).contains("unknown target");
    assertThat(of("TARGETS: \n", "").problem()).contains("no target");
    assertThat(of("TARGETS: \n", "").all()).containsExactly(FILE);
  }

  @Test
  void aRuleCanForbidTheCloud() throws Exception {
    Targets targets = of("TARGETS: file, cloud\n", "cloud=never");

    assertThat(targets.all()).containsExactly(FILE);
    assertThat(targets.problem()).contains("cloud=never");
  }
}
