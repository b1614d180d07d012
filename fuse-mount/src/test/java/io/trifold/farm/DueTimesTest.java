package io.trifold.farm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.cronutils.model.Cron;
import io.trifold.farm.TaskDeclaration.CatchUp;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DueTimesTest {
  private static final Cron QUARTERS = DueTimes.parse("*/15 * * * *");
  private static final DueTimes UTC = new DueTimes(ZoneId.of("UTC"));

  private static Instant at(String time) {
    return Instant.parse("2026-03-28T" + time + "Z");
  }

  private static List<Instant> due(CatchUp catchUp, String last, String now) {
    return UTC.of(QUARTERS, catchUp, Optional.ofNullable(last).map(DueTimesTest::at), at(now));
  }

  @Test
  void whatIsDueIsRunOnceWheneverItIsLookedAt() {
    assertThat(due(CatchUp.NONE, null, "10:00:00")).containsExactly(at("10:00:00"));
    assertThat(due(CatchUp.NONE, null, "10:01:59")).containsExactly(at("10:00:00"));
    assertThat(due(CatchUp.NONE, "10:00:00", "10:00:59")).isEmpty();
    assertThat(due(CatchUp.NONE, "09:45:00", "10:00:59")).containsExactly(at("10:00:00"));
    assertThat(due(CatchUp.NONE, null, "09:59:59")).isEmpty();
  }

  @Test
  void whatWasMissedIsMadeUpForAsTheTaskSays() {
    assertThat(due(CatchUp.NONE, "09:00:00", "10:05:00")).isEmpty();
    assertThat(due(CatchUp.LAST, "09:00:00", "10:05:00")).containsExactly(at("10:00:00"));
    assertThat(due(CatchUp.ALL, "09:00:00", "10:05:00"))
        .containsExactly(at("09:15:00"), at("09:30:00"), at("09:45:00"), at("10:00:00"));
    assertThat(due(CatchUp.ALL, null, "10:05:00")).isEmpty();
    Cron minutes = DueTimes.parse("* * * * *");
    assertThat(UTC.of(minutes, CatchUp.ALL, Optional.of(at("00:00:00")), at("23:00:00")))
        .hasSize(100)
        .endsWith(at("23:00:00"));
  }

  @Test
  void aDayHasItsTimesInItsZoneAlsoWhenTheClocksChange() {
    DueTimes berlin = new DueTimes(ZoneId.of("Europe/Berlin"));
    Cron four = DueTimes.parse("0 4 * * *");
    assertThat(berlin.next(four, Instant.parse("2026-03-28T02:00:00Z")))
        .contains(Instant.parse("2026-03-28T03:00:00Z"));
    assertThat(berlin.next(four, Instant.parse("2026-03-28T03:00:00Z")))
        .contains(Instant.parse("2026-03-29T02:00:00Z"));
  }

  @Test
  void whatIsNoTimeIsRefused() {
    assertThatThrownBy(() -> DueTimes.parse("61 * * * *"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> DueTimes.parse("often")).isInstanceOf(IllegalArgumentException.class);
  }
}
