package io.trifold.logs;

import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.rules.LogOptions.HostTag;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class LineFormatTest {
  private static String tagged(String lines, HostTag tag) {
    return new String(
        LineFormat.tagged(lines.getBytes(StandardCharsets.UTF_8), "web1", tag),
        StandardCharsets.UTF_8);
  }

  @Test
  void eachLineSaysWhereItCameFrom() {
    assertThat(tagged("a\tb\nc\r\n\n", HostTag.PREFIX))
        .isEqualTo("[web1] a\tb\n[web1] c\n[web1] \n");
    assertThat(tagged("a\tb\nc\n", HostTag.FIELD)).isEqualTo("a\tb\thost=web1\nc\thost=web1\n");
    assertThat(tagged("a\u001b\r\n", HostTag.NONE)).isEqualTo("a\u001b\r\n");
  }

  @Test
  void aForgedTagIsTextBehindTheTrueOne() {
    assertThat(tagged("[web2] evil\n", HostTag.PREFIX)).isEqualTo("[web1] [web2] evil\n");
    assertThat(tagged("evil\thost=web2\n", HostTag.FIELD))
        .isEqualTo("evil\thost=web2\thost=web1\n");
  }

  @Test
  void whatWouldHideATagIsSpelledOut() {
    assertThat(tagged("a\r[web2] b\u001b[2K\u0000\u000b\u007f\n", HostTag.PREFIX))
        .isEqualTo("[web1] a\\x0d[web2] b\\x1b[2K\\x00\\x0b\\x7f\n");
    assertThat(tagged("a\u0085b\u2028c\u202ed\u2066e\n", HostTag.PREFIX))
        .isEqualTo("[web1] a\\u0085b\\u2028c\\u202ed\\u2066e\n");
    assertThat(tagged("a\u200eb\u200fc\u061cd\u2069\n", HostTag.PREFIX))
        .isEqualTo("[web1] a\\u200eb\\u200fc\\u061cd\\u2069\n");
  }

  private static String taggedBytes(int... bytes) {
    byte[] line = new byte[bytes.length + 1];
    for (int i = 0; i < bytes.length; i++) {
      line[i] = (byte) bytes[i];
    }
    line[bytes.length] = '\n';
    return new String(LineFormat.tagged(line, "h", HostTag.PREFIX), StandardCharsets.ISO_8859_1);
  }

  @Test
  void aByteThatMovesTheCursorOfAnEightBitTerminalIsSpelledOut() {
    assertThat(taggedBytes('a', 0x9b, '2', 'K')).isEqualTo("[h] a\\x9b2K\n");
    assertThat(taggedBytes(0x80, 0x9f, 0xa0)).isEqualTo("[h] \\x80\\x9f\u00a0\n");
    // Such a byte is in order within a character only: not behind one, in half of one, or in what
    // only looks like one.
    assertThat(taggedBytes(0xc3, 0xa4, 0x9b)).isEqualTo("[h] \u00c3\u00a4\\x9b\n");
    assertThat(taggedBytes(0xe2, 0x82)).isEqualTo("[h] \u00e2\\x82\n");
    assertThat(taggedBytes(0xe2, 0x82, 'x')).isEqualTo("[h] \u00e2\\x82x\n");
    assertThat(taggedBytes(0xc0, 0x9b)).isEqualTo("[h] \u00c0\\x9b\n");
    assertThat(taggedBytes(0xe0, 0x82, 0x9b)).isEqualTo("[h] \u00e0\\x82\\x9b\n");
    assertThat(taggedBytes(0xf0, 0x80, 0x80, 0x9b)).isEqualTo("[h] \u00f0\\x80\\x80\\x9b\n");
    assertThat(taggedBytes(0xf5, 0x9b)).isEqualTo("[h] \u00f5\\x9b\n");
  }

  @Test
  void ordinaryTextOfAnyLanguageStaysAsItIs() {
    assertThat(tagged("Größe – „日本語“ 🙂 \\x1b\n", HostTag.PREFIX))
        .isEqualTo("[web1] Größe – „日本語“ 🙂 \\x1b\n");
    // With each byte that would be a control if it stood alone.
    String second = "ě\u045b\u4e1b\ud83d\ude1b\ud7ff\uffff\ud800\udc00\udbff\udfff";
    assertThat(tagged(second + "\n", HostTag.PREFIX)).isEqualTo("[web1] " + second + "\n");
    byte[] latin1 = {'a', (byte) 0xe4, '\n'};
    assertThat(LineFormat.tagged(latin1, "h", HostTag.PREFIX)).endsWith(latin1);
  }
}
