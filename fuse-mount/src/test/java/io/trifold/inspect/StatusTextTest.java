package io.trifold.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StatusTextTest {
  @Test
  void alignsItsValues() {
    StatusText text = new StatusText().put("root", "/srv/app").put("last-error", "-");

    assertThat(text).hasToString("root:       /srv/app\nlast-error: -\n");
  }

  @Test
  void readsWhatItWrote() {
    StatusText text = new StatusText().put("queue", "jdbc:postgresql://db: 1/x").put("lag", 3);

    assertThat(StatusText.parse(text.toString()).get("queue"))
        .contains("jdbc:postgresql://db: 1/x");
    assertThat(StatusText.parse(text.toString())).hasToString(text.toString());
  }

  @Test
  void keepsEachValueOnItsLine() {
    StatusText text = new StatusText().put("parked a\nb", "x\ny");

    assertThat(text.toString().lines()).hasSize(1);
  }
}
