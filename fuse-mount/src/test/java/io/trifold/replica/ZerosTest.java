package io.trifold.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.queue.Digest;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ZerosTest {
  /** The runs as text: the length of each, holes in brackets. */
  private static List<String> runs(byte[] bytes) {
    List<String> result = new ArrayList<>();
    Zeros.split(
        bytes,
        new Zeros.Runs<RuntimeException>() {
          private int at;

          @Override
          public void data(int from, int length) {
            assertThat(from).isEqualTo(at);
            at += length;
            result.add(Integer.toString(length));
          }

          @Override
          public void hole(int length) {
            at += length;
            result.add("(" + length + ")");
          }
        });
    return result;
  }

  private static byte[] bytes(int length, int... ones) {
    byte[] bytes = new byte[length];
    for (int one : ones) {
      bytes[one] = 1;
    }
    return bytes;
  }

  @Test
  void wholeBlocksOfZerosAreHoles() {
    assertThat(runs(bytes(3 * 4096, 4096))).containsExactly("(4096)", "4096", "(4096)");
    assertThat(runs(bytes(4 * 4096, 0, 4 * 4096 - 1))).containsExactly("4096", "(8192)", "4096");
    assertThat(runs(bytes(2 * 4096, 4095, 4096))).containsExactly("8192");
    assertThat(runs(bytes(5000))).containsExactly("(5000)");
    assertThat(runs(bytes(5000, 4999))).containsExactly("(4096)", "904");
    assertThat(runs(bytes(1, 0))).containsExactly("1");
    assertThat(runs(new byte[0])).isEmpty();
  }

  @Test
  void aChunkOfZerosIsWhatItsBytesAre() {
    byte[] chunk = new byte[FileContent.CHUNK_LENGTH];
    assertThat(Zeros.chunk().digest()).isEqualTo(Digest.sha256(chunk));
    assertThat(Zeros.chunk().length()).isEqualTo(chunk.length);
    assertThat(runs(chunk)).containsExactly("(" + chunk.length + ")");
  }
}
