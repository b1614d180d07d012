package io.trifold.replica;

import static io.trifold.replica.Host.assertSame;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A propagated directory of one host is another filesystem than the root. */
class OtherFilesystemIT {
  @TempDir Path directory;

  @Test
  void whatGoesThereIsStagedBesideItsPlace() throws Exception {
    MemoryFarm farm = new MemoryFarm();
    Host one = new Host("one", directory, farm.source());
    Host two = new Host("two", directory, farm.source());
    Path mounted = Files.createDirectory(two.root.resolve("d"));
    Files.createDirectory(one.root.resolve("d"));
    mountTmpfs(mounted);
    try (one;
        two) {
      one.start();
      Host.quiet(one);
      two.start();
      one.write("d/a", "a");
      one.mkdir("d/sub");
      for (int i = 0; i < 20; i++) {
        one.write("d/sub/" + i, "x" + i);
      }
      one.symlink("d/link", "a");
      one.chmod("d/a", "rw-r-----");
      assertSame(one, two);
      one.rename("d/sub", "sub");
      assertSame(one, two);
      try (Stream<Path> left = Files.list(mounted)) {
        assertThat(left.map(path -> path.getFileName().toString()))
            .containsExactlyInAnyOrder("a", "link");
      }
    } finally {
      Posix.unmount(mounted.toString(), 0);
    }
  }

  private static void mountTmpfs(Path where) {
    try {
      Posix.mount("none", where.toString(), "tmpfs", 0, "mode=755");
    } catch (ErrnoException e) {
      if ("true".equals(System.getenv("CI"))) {
        throw new AssertionError("cannot mount a tmpfs", e);
      }
      assumeTrue(false, "needs root, to mount a tmpfs: " + e.getMessage());
    }
  }
}
