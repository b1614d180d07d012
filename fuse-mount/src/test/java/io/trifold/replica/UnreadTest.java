package io.trifold.replica;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class UnreadTest {
  private final Unread unread = new Unread();

  @BeforeEach
  void read() {
    assertThat(unread.take(0)).as("nothing is known at first").isTrue();
    unread.told(7);
    unread.readTo(7);
  }

  @Test
  void whatWasReadIsNotReadAgain() {
    assertThat(unread.take(7)).isFalse();
    unread.told(7);
    assertThat(unread.take(7)).isFalse();
  }

  @Test
  void whatIsHeardOfBehindItIsRead() {
    assertThat(unread.take(8)).isTrue();
    assertThat(unread.take(8)).as("until it was").isTrue();
    unread.readTo(9);
    unread.told(8);
    assertThat(unread.take(9)).as("late word").isFalse();
  }

  @Test
  void aLogThatEndsBeforeIsLookedAtOnce() {
    unread.told(6);
    assertThat(unread.take(7)).isTrue();
    assertThat(unread.take(7)).isFalse();
  }

  @Test
  void whoWantsItReadHasItReadOnce() {
    unread.look();
    assertThat(unread.take(7)).isTrue();
    assertThat(unread.take(7)).isFalse();
  }
}
