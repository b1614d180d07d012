package io.trifold.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
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
  void namesTheBypassedDirectories() {
    StatusText text =
        new StatusText().putBypassed(List.of(Path.of("/srv/app/a b"), Path.of("/srv/app/c")));

    assertThat(text).hasToString("bypass 1: /srv/app/a b\nbypass 2: /srv/app/c\n");
    assertThat(StatusText.parse(text.toString()).bypassed())
        .containsExactly(Path.of("/srv/app/a b"), Path.of("/srv/app/c"));
  }

  @Test
  void keepsEachValueOnItsLine() {
    StatusText text = new StatusText().put("parked a\nb", "x\ny");

    assertThat(text.toString().lines()).hasSize(1);
  }
}
