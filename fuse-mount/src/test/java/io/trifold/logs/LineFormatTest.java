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
  }

  @Test
  void ordinaryTextOfAnyLanguageStaysAsItIs() {
    assertThat(tagged("Größe – „日本語“ 🙂 \\x1b\n", HostTag.PREFIX))
        .isEqualTo("[web1] Größe – „日本語“ 🙂 \\x1b\n");
    byte[] latin1 = {'a', (byte) 0xe4, '\n'};
    assertThat(LineFormat.tagged(latin1, "h", HostTag.PREFIX)).endsWith(latin1);
  }
}
