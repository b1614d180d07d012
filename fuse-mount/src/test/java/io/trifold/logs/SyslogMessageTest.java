package io.trifold.logs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trifold.rules.LogOptions;
import io.trifold.rules.RuleSet;
import io.trifold.rules.SyslogFacility;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SyslogMessageTest {
  private static final SyslogMessage MESSAGE =
      new SyslogMessage(
          SyslogFacility.LOCAL3,
          Severity.WARNING,
          Instant.parse("2026-03-04T05:06:07.089Z"),
          "web1",
          "shop",
          "[web1] ü".getBytes(StandardCharsets.UTF_8));

  @Test
  void isWrittenAsTheReceiverTakesIt() {
    assertThat(new String(MESSAGE.rfc5424(), StandardCharsets.UTF_8))
        .isEqualTo("<156>1 2026-03-04T05:06:07.089Z web1 shop - - - [web1] ü");
    assertThat(new String(MESSAGE.local(ZoneOffset.UTC), StandardCharsets.UTF_8))
        .isEqualTo("<156>Mar  4 05:06:07 shop: [web1] ü");
  }

  @Test
  void aFrameCountsOctets() {
    byte[] framed = SyslogMessage.framed("ü".getBytes(StandardCharsets.UTF_8));

    assertThat(new String(framed, StandardCharsets.UTF_8)).isEqualTo("2 ü");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "2026-01-01 10:00:00\\tERROR\\tno such table\\tweb1\\t/index.php | ERROR",
        "2026-01-01\\twarn\\tINFO in the text\\tx | WARNING",
        "[01-Jan-2026 10:00:00 UTC] PHP Warning:  Undefined variable $x in /a.php on line 3 |"
            + " WARNING",
        "[01-Jan-2026 10:00:00 UTC] PHP Fatal error:  Uncaught Error | ERROR",
        "[01-Jan-2026 10:00:00 UTC] PHP Parse error:  syntax error | ERROR",
        "[01-Jan-2026 10:00:00 UTC] PHP Deprecated:  Creation of dynamic property | NOTICE",
        "[Thu Jan 01 10:00:00 2026] [core:error] [pid 1] AH00124 | ERROR",
        "2026/01/01 10:00:00 [crit] 1#1: *1 open() failed | CRITICAL",
        "[2026-01-01T10:00:00+00:00] app.NOTICE: hello {} [] | NOTICE",
        "time=\"2026-01-01\" level=debug msg=\"x\" | DEBUG",
        "{\"message\":\"x\",\"level\":\"error\"} | ERROR",
        "2026-01-01 10:00:00,123 WARN  [main] o.e.Server - slow | WARNING",
        "error: it broke | ERROR",
        "an error that is only told of | INFO",
        "plain text | INFO",
      })
  void theSeverityIsThatOfTheLine(String line, Severity severity) {
    byte[] bytes = line.replace("\\t", "\t").getBytes(StandardCharsets.UTF_8);

    assertThat(Severity.of(bytes)).isEqualTo(severity);
  }

  @Test
  void theTagIsTheRulesOrTheFilesName() throws Exception {
    LogOptions named = RuleSet.parse("t", "log a tag=x").rules().get(0).options().log();

    assertThat(SyslogPump.tag(named, "var/shop.log")).isEqualTo("x");
    assertThat(SyslogPump.tag(LogOptions.NONE, "var/shop.log")).isEqualTo("shop");
    assertThat(SyslogPump.tag(LogOptions.NONE, "var/a b[1]:ü.log")).isEqualTo("a_b_1___");
  }

  @Test
  void anAddressIsReadAndWritten() {
    for (String text :
        new String[] {"udp://log.example.org:514", "tcp://10.0.0.1:601", "tls://[::1]:6514"}) {
      assertThat(SyslogAddress.parse(text, Optional.empty())).hasToString(text);
    }
    assertThat(SyslogAddress.parse("tls://a", Optional.empty())).hasToString("tls://a:6514");
    assertThat(SyslogAddress.parse("local", Optional.empty())).hasToString("/dev/log");
    assertThat(SyslogAddress.parse("unix:/run/x", Optional.empty())).hasToString("/run/x");
    for (String wrong :
        new String[] {"log.example.org", "ftp://a", "udp://", "udp://a/b", "tcp://u@a"}) {
      assertThatThrownBy(() -> SyslogAddress.parse(wrong, Optional.empty()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("write local");
    }
  }
}
