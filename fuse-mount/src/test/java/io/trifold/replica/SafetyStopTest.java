package io.trifold.replica;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetyStopTest {
  private static final Instant NOW = Instant.parse("2020-02-02T02:02:02Z");

  private final SafetyStop stop = new SafetyStop(50);

  @ParameterizedTest
  @CsvSource({
    "1000,0,false",
    "1000,500,false",
    "1000,501,true",
    "1000,1000,true",
    "9,9,false",
    "10,10,true"
  })
  void stopsOverWhatIsFoundMissing(long known, long missing, boolean stops) {
    assertThat(stop.found(known, missing).isPresent()).isEqualTo(stops);
  }

  @Test
  void neverStopsWhereItIsOff() {
    SafetyStop off = new SafetyStop(100);

    assertThat(off.found(1000, 1000)).isEmpty();
    assertThat(off.told(1000, 0, () -> 1000, NOW)).isEmpty();
  }

  @Test
  void believesCallersWhoDeleteALot() {
    assertThat(stop.told(900, 0, () -> 1000, NOW)).isEmpty();
  }

  @Test
  void doubtsCallersWhoDeleteNearlyEverythingPieceByPiece() {
    long left = 1000;
    int batches = 0;
    while (left > 0) {
      long existing = left;
      if (stop.told(10, 0, () -> existing, NOW.plusSeconds(batches)).isPresent()) {
        break;
      }
      left -= 10;
      batches++;
    }

    assertThat(left).isBetween(40L, 60L);
  }

  @Test
  void believesWhoMovesEverything() {
    assertThat(stop.told(0, 1000, () -> 1000, NOW)).isEmpty();
    assertThat(stop.told(1000, 0, () -> 2000, NOW)).isEmpty();
    assertThat(stop.told(1000, 1000, () -> 1000, NOW.plusSeconds(7200))).isEmpty();
  }

  @Test
  void believesWhoDeletesASmallTree() {
    assertThat(stop.told(99, 0, () -> 99, NOW)).isEmpty();
  }

  @Test
  void goesOnWhenItWasMeantUntilLongAfterwards() {
    assertThat(stop.told(1000, 0, () -> 1000, NOW)).isPresent();
    stop.resume(NOW);

    assertThat(stop.told(500, 0, () -> 1000, NOW)).isEmpty();
    assertThat(stop.told(500, 0, () -> 500, NOW.plusSeconds(300))).isEmpty();
    Instant later = NOW.plus(SafetyStop.WINDOW.multipliedBy(2));
    assertThat(stop.told(1000, 0, () -> 1000, later)).isPresent();
  }
}
