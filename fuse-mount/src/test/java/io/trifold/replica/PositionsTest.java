package io.trifold.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trifold.replica.PositionException.Cause;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class PositionsTest {
  private static final UUID EPOCH = UUID.fromString("9f3c21aa-0000-4000-8000-000000000001");
  private static final Duration LONG = Duration.ofMinutes(1);

  private final DirtySet dirty = new DirtySet();
  private final Progress progress = new Progress();
  private final Place place = new Place();
  private final Positions positions = new Positions(place, dirty, progress, () -> {});

  private static final class Place implements Positions.Standpoint {
    volatile boolean scanned = true;
    volatile OptionalLong own = OptionalLong.of(7);
    volatile Reached reached = new Reached(5, List.of());
    volatile Optional<String> stopped = Optional.empty();
    volatile OptionalLong head = OptionalLong.of(100);

    @Override
    public Optional<UUID> epoch() {
      return Optional.of(EPOCH);
    }

    @Override
    public boolean scanned() {
      return scanned;
    }

    @Override
    public OptionalLong own() {
      return own;
    }

    @Override
    public Reached reached() {
      return reached;
    }

    @Override
    public Optional<String> stopped() {
      return stopped;
    }

    @Override
    public OptionalLong head() {
      return head;
    }

    @Override
    public Optional<String> trouble() {
      return Optional.of("the queue is away: no route");
    }
  }

  private interface Call<T> {
    T run() throws Exception;
  }

  private static <T> CompletableFuture<T> inBackground(Call<T> call) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return call.run();
          } catch (Exception e) {
            throw new AssertionError(e);
          }
        });
  }

  private static void assertStillWaits(CompletableFuture<?> future) throws Exception {
    Thread.sleep(80);
    assertThat(future).isNotDone();
  }

  private static void assertFails(Cause cause, String message, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            PositionException.class, e -> assertThat(e.reason()).isEqualTo(cause))
        .hasMessageContaining(message);
  }

  @Test
  void theCurrentOneIsBehindAllThatWasDoneOrSeenHere() throws Exception {
    assertThat(positions.current(LONG, () -> false)).hasToString("7-9f3c21aa");
    place.reached = new Reached(9, List.of());
    assertThat(positions.current(LONG, () -> false)).hasToString("9-9f3c21aa");
  }

  @Test
  void theCurrentOneWaitsForWhatIsDirtyButNotForWhatComesLater() throws Exception {
    dirty.mark("a", false, true);
    CompletableFuture<LogPosition> current =
        inBackground(() -> positions.current(LONG, () -> false));
    assertStillWaits(current);
    dirty.mark("b", false, true);
    assertThat(dirty.take(1, Instant.now())).hasSize(1);
    assertStillWaits(current);
    place.own = OptionalLong.of(8);
    dirty.done("a");
    progress.made();
    assertThat(current.get(30, TimeUnit.SECONDS).number()).isEqualTo(8);
  }

  @Test
  void theCurrentOneWaitsForTheScanAndTheFirstSession() throws Exception {
    place.scanned = false;
    place.own = OptionalLong.empty();
    CompletableFuture<LogPosition> current =
        inBackground(() -> positions.current(LONG, () -> false));
    assertStillWaits(current);
    place.scanned = true;
    assertStillWaits(current);
    place.own = OptionalLong.of(3);
    assertThat(current.get(30, TimeUnit.SECONDS).number()).isEqualTo(5);
  }

  @Test
  void whatTakesTooLongSaysWhy() {
    dirty.mark("a", false, true);
    assertFails(
        Cause.TIMED_OUT,
        "the queue is away: no route",
        () -> positions.current(Duration.ofMillis(20), () -> false));
    assertFails(
        Cause.TIMED_OUT,
        "up to 5, not yet to 6",
        () -> positions.await(at(6), Duration.ofMillis(20), () -> false));
  }

  private static LogPosition at(long number) {
    return LogPosition.of(number, EPOCH);
  }

  @Test
  void waitingEndsWhenItIsApplied() throws Exception {
    assertThat(positions.await(at(5), Duration.ZERO, () -> false)).isEmpty();
    CompletableFuture<?> applied = inBackground(() -> positions.await(at(6), LONG, () -> false));
    assertStillWaits(applied);
    place.reached = new Reached(6, List.of());
    progress.made();
    assertThat(applied.get(30, TimeUnit.SECONDS)).isEqualTo(Optional.empty());
  }

  @Test
  void waitingEndsAlsoWithoutIt() {
    assertFails(Cause.GIVEN_UP, "interrupted", () -> positions.await(at(6), LONG, () -> true));
    place.stopped = Optional.of("stopped: bad signature");
    assertFails(Cause.STOPPED, "bad signature", () -> positions.await(at(6), LONG, () -> false));
  }

  @Test
  void aPositionThatCannotComeIsRefusedAtOnce() {
    assertFails(
        Cause.IMPOSSIBLE, "the log ends at 100", () -> positions.await(at(101), LONG, () -> false));
    UUID other = UUID.fromString("11111111-0000-4000-8000-000000000001");
    assertFails(
        Cause.IMPOSSIBLE,
        "another log",
        () -> positions.await(LogPosition.of(1, other), LONG, () -> false));
  }

  @Test
  void whatIsParkedIsToldAndHoldsNobodyUp() throws Exception {
    Unapplied parked = row(3, Unapplied.Cause.PARKED);
    place.reached = Reached.of(6, List.of(parked));
    assertThat(positions.await(at(2), LONG, () -> false)).isEmpty();
    assertThat(positions.await(at(6), LONG, () -> false))
        .contains("path3 (position 3): the reason");
  }

  @Test
  void whatIsDeferredIsNotApplied() {
    Reached reached =
        Reached.of(
            9,
            List.of(
                row(3, Unapplied.Cause.PARKED),
                row(5, Unapplied.Cause.DEFERRED),
                row(8, Unapplied.Cause.OVERRULED)));
    assertThat(reached.applied()).isEqualTo(4);
    assertThat(reached.parkedUpTo(2)).isEmpty();
    assertThat(reached.parkedUpTo(3)).isPresent();
  }

  private static Unapplied row(long position, Unapplied.Cause cause) {
    return new Unapplied("path" + position, position, cause, "the reason", Instant.EPOCH, 1);
  }

  @Test
  void positionsAreReadAsTheyAreWritten() {
    assertThat(LogPosition.parse("4711-9f3c21aa")).contains(LogPosition.of(4711, EPOCH));
    assertThat(LogPosition.parse("4711")).contains(new LogPosition(4711, Optional.empty()));
    for (String text :
        List.of(
            "",
            "-",
            "4711-",
            "4711-9F3C21AA",
            "4711-9f3c21aab",
            "-1",
            "1.0",
            "x",
            "9999999999999999999")) {
      assertThat(LogPosition.parse(text)).as(text).isEmpty();
    }
  }
}
