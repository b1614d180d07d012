package io.trifold.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trifold.config.SettingsException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TimesTest {
  private static Instant parse(String text) throws SettingsException {
    return Times.parse(text, "--since");
  }

  @Test
  void soLongAgoOrATimeOfThisPlaceOrWithItsOffset() throws Exception {
    Instant dayAgo = Instant.now().minus(Duration.ofDays(1));
    Instant here = LocalDateTime.of(2026, 1, 31, 10, 0).atZone(ZoneId.systemDefault()).toInstant();

    assertThat(parse("24h")).isBetween(dayAgo, dayAgo.plusSeconds(60));
    assertThat(parse("1d")).isBetween(dayAgo, dayAgo.plusSeconds(60));
    assertThat(parse("2026-01-31T10:00")).isEqualTo(here);
    assertThat(parse("2026-01-31 10:00:00")).isEqualTo(here);
    assertThat(parse("2026-01-31")).isEqualTo(here.minus(Duration.ofHours(10)));
    assertThat(parse("2026-01-31T10:00:00Z")).isEqualTo("2026-01-31T10:00:00Z");
    assertThat(parse("2026-01-31T10:00:00+02:00")).isEqualTo("2026-01-31T08:00:00Z");
  }

  @ParameterizedTest
  @ValueSource(strings = {"yesterday", "10", "2026-13-01", "10:00", "-3h"})
  void whatIsNoTimeIsSaidInOneLine(String text) {
    assertThatThrownBy(() -> parse(text))
        .isInstanceOf(SettingsException.class)
        .hasMessageStartingWith("--since: \"" + text + "\" is no time");
  }
}
