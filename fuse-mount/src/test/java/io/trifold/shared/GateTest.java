package io.trifold.shared;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class GateTest {
  private long now = 1_000;
  private final Gate gate = new Gate(2, () -> now, () -> Instant.ofEpochSecond(now));

  private void enter() throws Exception {
    gate.enter(Long.MAX_VALUE);
  }

  private int refusal(long deadline) {
    return catchThrowableOfType(ErrnoException.class, () -> gate.enter(deadline)).errno();
  }

  @Test
  void aCallThatTookTooLongShutsIt() throws Exception {
    enter();
    long began = now;
    now += 30;

    assertThat(gate.gaveUp(began, true)).isTrue();

    assertThat(refusal(Long.MAX_VALUE)).isEqualTo(Errno.EIO);
    assertThat(gate.health())
        .isEqualTo(
            new StorageHealth(false, Instant.ofEpochSecond(1_030), "does not answer", 0, 1, 1));
  }

  @Test
  void anAnswerToAnotherCallMeanwhileKeepsItOpen() throws Exception {
    enter();
    long began = now;
    enter();
    now += 10;
    gate.answered();
    now += 20;

    assertThat(gate.gaveUp(began, true)).isFalse();

    enter();
    assertThat(gate.health().reachable()).isTrue();
    assertThat(gate.health().timedOut()).isEqualTo(1);
  }

  @Test
  void whoGivesUpEarlySaysNothingOfTheStorage() throws Exception {
    enter();

    assertThat(gate.gaveUp(now, false)).isFalse();

    enter();
    assertThat(gate.health().timedOut()).isZero();
  }

  @Test
  void onlyALookOpensItAgain() throws Exception {
    enter();
    gate.gaveUp(now, true);
    gate.cameBack();
    assertThat(refusal(Long.MAX_VALUE)).isEqualTo(Errno.EIO);

    assertThat(gate.open()).isTrue();

    enter();
    assertThat(gate.open()).as("open already").isFalse();
  }

  @Test
  void itSaysTheLatestReasonAndSinceWhen() {
    assertThat(gate.shut("does not answer")).isTrue();
    Instant since = gate.health().since();
    now += 100;

    assertThat(gate.shut("lacks its mark")).isFalse();

    assertThat(gate.health().reason()).isEqualTo("lacks its mark");
    assertThat(gate.health().since()).isEqualTo(since);
  }

  @Test
  void furtherCallsWaitForAPlaceUntilTheirTime() throws Exception {
    enter();
    enter();

    assertThat(refusal(now)).isEqualTo(Errno.ETIMEDOUT);

    gate.answered();
    enter();
  }

  @Test
  void whoWaitsForAPlaceIsToldWhenItShuts() throws Exception {
    enter();
    enter();
    CompletableFuture<Integer> waiting =
        CompletableFuture.supplyAsync(() -> refusal(Long.MAX_VALUE));

    gate.gaveUp(now, true);

    assertThat(waiting.get(1, TimeUnit.MINUTES)).isIn(Errno.EIO);
  }

  @Test
  void isNotOpenedWhileTooManyHang() throws Exception {
    for (int i = 0; i < Gate.MOST_HANGING; i++) {
      enter();
      long began = now;
      enter();
      now++;
      gate.answered();
      gate.gaveUp(began, true);
    }
    assertThat(gate.isOpen()).isFalse();
    assertThat(gate.open()).isFalse();

    gate.cameBack();

    assertThat(gate.open()).isTrue();
  }
}
