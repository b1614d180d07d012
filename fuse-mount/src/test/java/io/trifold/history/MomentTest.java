package io.trifold.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MomentTest {
  private static final Instant NOW = Instant.parse("2026-02-01T00:00:00Z");

  private static Moment parse(String text) {
    return Moment.parse(text, NOW, ZoneId.of("Europe/Berlin"));
  }

  @Test
  void aNumberIsAPosition() {
    assertThat(parse("1234")).isEqualTo(new Moment.At(1234));
  }

  @ParameterizedTest
  @CsvSource({
    "2026-01-31 12:00:00, 2026-01-31T11:00:00Z",
    "2026-01-31 12:00, 2026-01-31T11:00:00Z",
    "2026-01-31T12:00:00Z, 2026-01-31T12:00:00Z",
    "2026-01-31T12:00Z, 2026-01-31T12:00:00Z",
    "2026-01-31T12:00+05:00, 2026-01-31T07:00:00Z",
    "2026-01-31, 2026-01-30T23:00:00Z",
    "90m, 2026-01-31T22:30:00Z",
    "2h ago, 2026-01-31T22:00:00Z",
    "3d, 2026-01-29T00:00:00Z",
  })
  void timesAreReadInManyForms(String text, Instant time) {
    assertThat(parse(text)).isEqualTo(new Moment.By(time));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "yesterday", "-1", "2h30m", "2026-13-01", "99999999999999999999"})
  void whatIsNoneIsRefused(String text) {
    assertThatThrownBy(() -> parse(text)).isInstanceOf(IllegalArgumentException.class);
  }
}
