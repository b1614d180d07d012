package io.trifold.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FileNamesTest {

  @Test
  void ordinaryTextIsItself() {
    for (String text : new String[] {"", "a", "né", "日本", "\uD83D\uDE00", "\uFFFD", "a\nb"}) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      assertThat(FileNames.decode(bytes)).isEqualTo(text);
      assertThat(FileNames.encode(text)).isEqualTo(bytes);
    }
  }

  @Test
  void aByteThatIsNotUtf8IsALoneSurrogate() {
    assertThat(FileNames.decode(new byte[] {'n', (byte) 0xe9, 'x'})).isEqualTo("n\uDCE9x");
    assertThat(FileNames.encode("n\uDCE9x")).isEqualTo(new byte[] {'n', (byte) 0xe9, 'x'});
  }

  @Test
  void everyNameOfOneOrTwoBytesComesBack() {
    Set<String> texts = new HashSet<>();
    int names = 0;
    for (int a = 0; a < 256; a++) {
      for (int b = 0; b < 256; b++) {
        assertRoundTrip(new byte[] {(byte) a, (byte) b}, texts);
        names++;
      }
      assertRoundTrip(new byte[] {(byte) a}, texts);
      names++;
    }
    assertThat(texts).as("different names are different texts").hasSize(names);
  }

  @Test
  void everyRandomNameComesBack() {
    long seed = Long.getLong("rules.seed", System.nanoTime());
    System.out.println("rules.seed=" + seed);
    Random random = new Random(seed);
    // Beginnings, middles and ends of characters, so that many are nearly valid.
    int[] likely = {
      'a', 0x80, 0xbf, 0xc0, 0xc3, 0xe2, 0xed, 0xa0, 0xef, 0xf0, 0x9f, 0xf4, 0xff, 0xbd
    };
    for (int round = 0; round < 200_000; round++) {
      byte[] name = new byte[random.nextInt(12)];
      for (int i = 0; i < name.length; i++) {
        name[i] =
            (byte)
                (random.nextInt(4) == 0
                    ? random.nextInt(256)
                    : likely[random.nextInt(likely.length)]);
      }
      assertRoundTrip(name, new HashSet<>());
    }
  }

  @Test
  void textThatIsNoNameIsRefused() {
    for (String text : new String[] {"\uD83D", "a\uD83Dx", "\uDC41", "\uDE00\uD83D"}) {
      assertThatThrownBy(() -> FileNames.encode(text)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  private static void assertRoundTrip(byte[] name, Set<String> texts) {
    String text = FileNames.decode(name);
    assertThat(FileNames.encode(text)).isEqualTo(name);
    texts.add(text);
  }
}
