package io.trifold.tree;

import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.posix.Stat;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MappedFilesTest {
  private final MappedFiles files = new MappedFiles();
  private final Map<String, Stat> disk = new HashMap<>();

  private static Stat stat(long inode, long modified) {
    return new Stat(
        1, inode, Stat.S_IFREG, 1, 0, 0, 0, 10, 8, 4096, 0, 0, modified, 0, modified, 0, 0, 0);
  }

  @Test
  void whatIsWrittenAfterTheCloseIsToldOnce() {
    files.closed("f", stat(1, 5));
    disk.put("f", stat(1, 5));
    assertThat(files.changed(disk::get)).isEmpty();
    disk.put("f", stat(1, 6));
    assertThat(files.changed(disk::get)).containsExactly("f");
    assertThat(files.changed(disk::get)).isEmpty();
    assertThat(files.contains("f")).isTrue();
  }

  @Test
  void whatIsGoneOrReplacedIsForgotten() {
    files.closed("gone", stat(1, 5));
    files.closed("replaced", stat(2, 5));
    disk.put("replaced", stat(3, 6));
    assertThat(files.changed(disk::get)).isEmpty();
    assertThat(files.contains("gone")).isFalse();
    assertThat(files.contains("replaced")).isFalse();
  }

  @Test
  void ofManyTheLatestAreKept() {
    for (int i = 0; i < 1500; i++) {
      files.closed("f" + i, stat(i, 5));
    }
    assertThat(files.contains("f0")).isFalse();
    assertThat(files.contains("f1499")).isTrue();
    files.closed("f600", stat(600, 5));
    for (int i = 2000; i < 2999; i++) {
      files.closed("f" + i, stat(i, 5));
    }
    assertThat(files.contains("f600")).isTrue();
  }
}
