package io.trifold.replica;

import static io.trifold.replica.Host.assertSame;
import static io.trifold.replica.Host.quiet;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What a host has of a content, it does not fetch. */
class LocalChunksTest extends TwoHosts {
  private static final int CHUNK = 1 << 20;

  private static byte[] content(int seed, int chunks) {
    byte[] bytes = new byte[chunks * CHUNK + 12_345];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  @Test
  void aTreeThatIsRenamedIsNotFetchedAgain() throws Exception {
    one.mkdir("d");
    for (int i = 0; i < 5; i++) {
      one.write("d/" + i, content(i, i));
    }
    quiet(one, two);
    int before = farm.calls("fetch");
    one.rename("d", "e");
    assertSame(one, two);
    assertThat(farm.calls("fetch")).isEqualTo(before);
    assertThat(two.root.resolve("e/4")).hasBinaryContent(content(4, 4));
  }

  @Test
  void ofAnEditedFileOnlyWhatIsNewIsFetched() throws Exception {
    byte[] bytes = content(1, 6);
    one.write("f", bytes);
    quiet(one, two);
    int before = farm.calls("fetch");
    bytes[3 * CHUNK + 7]++;
    one.write("f", bytes);
    assertSame(one, two);
    assertThat(farm.calls("fetch")).isEqualTo(before + 1);
    one.write("f", Arrays.copyOf(bytes, bytes.length + CHUNK));
    assertSame(one, two);
    assertThat(farm.calls("fetch") - before - 1).isLessThanOrEqualTo(2);
  }

  @Test
  void whatIsWrongOnTheDiskIsFetched() throws Exception {
    byte[] bytes = content(1, 2);
    one.write("f", bytes);
    quiet(one, two);
    two.close();
    one.rename("f", "g");
    quiet(one);
    byte[] damaged = bytes.clone();
    damaged[CHUNK + 1]++;
    FileTime time = Files.getLastModifiedTime(two.root.resolve("f"));
    Files.write(two.root.resolve("f"), damaged);
    Files.setLastModifiedTime(two.root.resolve("f"), time);
    int before = farm.calls("fetch");
    two.start();
    quiet(one, two);
    assertThat(two.root.resolve("g")).hasBinaryContent(bytes);
    assertThat(farm.calls("fetch") - before).isPositive();
  }
}
