package io.trifold.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class ReadinessTest {
  @Test
  void saysEachThingThatIsInTheWay() {
    Readiness good =
        new Readiness(true, Optional.empty(), Optional.empty(), Optional.empty(), 10, false);
    assertThat(good.objections(10)).isEmpty();
    assertThat(good.objections(9))
        .containsExactly("behind by 10 events, and at most 9 are allowed");
    Readiness bad =
        new Readiness(
            false,
            Optional.of("does not answer"),
            Optional.of("answers EIO"),
            Optional.of("stopped: x"),
            0,
            true);
    assertThat(bad.objections(0))
        .containsExactly(
            "not mounted",
            "the root does not answer",
            "the shared storage answers EIO",
            "propagation stopped: x",
            "draining");
  }
}
