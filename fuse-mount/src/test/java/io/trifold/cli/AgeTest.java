package io.trifold.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trifold.config.SettingsException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class AgeTest {
  @Test
  void whatIsWrittenIsRead() throws Exception {
    assertThat(Age.parse("--x", "90s")).isEqualTo(Duration.ofSeconds(90));
    assertThat(Age.parse("--x", "5m")).isEqualTo(Duration.ofMinutes(5));
    assertThat(Age.parse("--x", "2h")).isEqualTo(Duration.ofHours(2));
    assertThat(Age.parse("--x", "30d")).isEqualTo(Duration.ofDays(30));
  }

  @Test
  void whatIsNoLengthOfTimeIsRefusedWithItsPlace() {
    for (String text : new String[] {"", "d", "3", "-1d", "3 d", "1w", "9999999d"}) {
      assertThatThrownBy(() -> Age.parse("--log", text))
          .isInstanceOf(SettingsException.class)
          .hasMessageContaining("--log");
    }
  }

  @Test
  void theTwoLargestUnitsAreShown() {
    assertThat(Age.of(Duration.ofSeconds(0))).isEqualTo("0s");
    assertThat(Age.of(Duration.ofSeconds(-5))).isEqualTo("0s");
    assertThat(Age.of(Duration.ofSeconds(61))).isEqualTo("1m 1s");
    assertThat(Age.of(Duration.ofHours(3))).isEqualTo("3h");
    assertThat(Age.of(Duration.ofDays(2).plusMinutes(61))).isEqualTo("2d 1h");
  }
}
