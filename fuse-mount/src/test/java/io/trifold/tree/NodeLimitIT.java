package io.trifold.tree;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** Many more files than there may be nodes. */
class NodeLimitIT {
  private static final int LIMIT = 2_000;
  private static final int FILES = 20_000;

  @TempDir Path directory;

  /** Through libfuse the number of nodes is bounded by the cache of names, without the kernel. */
  @ParameterizedTest
  @EnumSource(value = MountFixture.Way.class, names = "JNR", mode = Mode.EXCLUDE)
  void aLargeTreeIsWalkedWithFewNodes(MountFixture.Way way) throws Exception {
    try (MountFixture fixture = new MountFixture(way, directory, "remote /media/", LIMIT)) {
      MountFixture.sh(
          fixture.below.application,
          "for d in $(seq 100); do mkdir d$d; (cd d$d; seq -f f%%g %d | xargs touch); done"
              .formatted(FILES / 100));
      Path open = Files.writeString(fixture.mount.resolve("d7/open"), "still open");
      try (var reader = Files.newBufferedReader(open)) {
        int most = 0;
        for (int d = 1; d <= 100; d += 10) {
          String some = "for d in $(seq %d %d); do find d$d -ls; done | wc -l";
          MountFixture.sh(fixture.mount, some.formatted(d, d + 9));
          most = Math.max(most, fixture.below.tree.nodes());
        }
        String all = MountFixture.sh(fixture.mount, "find . -type f -size -2 | wc -l");

        assertThat(all.strip()).isEqualTo(String.valueOf(FILES + 1));
        assertThat(most).isLessThan(FILES / 2);
        assertThat(reader.readLine()).isEqualTo("still open");
        assertThat(open).hasContent("still open");
      }
    }
  }
}
