package io.trifold.logs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class LineAssemblerTest {
  private final LineAssembler assembler = new LineAssembler();

  private String feed(String text) {
    return kept(assembler.feed(text.getBytes(StandardCharsets.UTF_8)));
  }

  private String kept(LineAssembler.Cut cut) {
    assembler.keep(cut);
    return new String(cut.lines(), StandardCharsets.UTF_8);
  }

  @Test
  void onlyWholeLinesComeOut() {
    assertThat(feed("one\ntw")).isEqualTo("one\n");
    assertThat(feed("o")).isEmpty();
    assertThat(feed("\n\nthree\n")).isEqualTo("two\n\nthree\n");
    assertThat(assembler.held()).isEmpty();
  }

  @Test
  void aLineWithoutItsEndGetsOne() {
    feed("no end");

    assertThat(kept(assembler.end())).isEqualTo("no end\n");
    assertThat(kept(assembler.end())).isEmpty();
  }

  @Test
  void whatWasNotKeptIsFedAgain() {
    feed("a");
    assembler.feed("b\n".getBytes(StandardCharsets.UTF_8));

    assertThat(feed("c\n")).isEqualTo("ac\n");
  }

  @Test
  void aLineOfAMegabyteInPiecesStaysWhole() {
    String piece = "x".repeat(128 << 10);
    for (int i = 0; i < 8; i++) {
      assertThat(feed(piece)).isEmpty();
    }

    assertThat(feed("\n")).hasSize((1 << 20) + 1).doesNotContain("\nx");
  }

  @Test
  void aLineWithoutEndDoesNotFillTheMemory() {
    String piece = "x".repeat(1 << 20);
    int lines = 0;
    for (int i = 0; i < 10; i++) {
      lines += LogFile.count(feed(piece).getBytes(StandardCharsets.UTF_8));
    }

    assertThat(lines).isEqualTo(2);
    assertThat(assembler.held().length).isLessThan(LineAssembler.LONGEST);
  }
}
