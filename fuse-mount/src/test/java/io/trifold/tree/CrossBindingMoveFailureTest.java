package io.trifold.tree;

import static io.trifold.tree.TreeFixture.assertErrno;
import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shared storage is a small filesystem of its own, which fills up. */
class CrossBindingMoveFailureTest {
  private static final int LAZILY = 2;

  @TempDir Path directory;
  private Path shared;
  private TreeFixture fixture;
  private boolean mounted;

  @BeforeEach
  void open() throws Exception {
    Requirement.root();
    shared = Files.createDirectories(directory.resolve("small"));
    Posix.mount("tmpfs", shared.toString(), "tmpfs", 0, "size=64k");
    mounted = true;
    fixture =
        new TreeFixture(
            Files.createDirectories(directory.resolve("application")), shared, "remote /media/\n");
    fixture.mkdir("media");
  }

  @AfterEach
  void close() throws ErrnoException {
    if (fixture != null) {
      fixture.close();
    }
    if (mounted) {
      Posix.unmount(shared.toString(), LAZILY);
    }
  }

  @Test
  void afterAFailureTheSourceIsWholeAndNothingElseIsLeft() throws Exception {
    String large = "0123456789abcdef".repeat(10_000);
    Files.writeString(fixture.application.resolve("large"), large);
    fixture.write("media/large", "old");

    assertErrno(Errno.ENOSPC, () -> fixture.rename("large", "media/large"));

    assertThat(fixture.application.resolve("large")).hasContent(large);
    assertThat(fixture.read("media/large")).isEqualTo("old");
    try (var files = Files.list(shared.resolve("media"))) {
      assertThat(files).containsExactly(shared.resolve("media/large"));
    }
  }

  @Test
  void inodeNumbersOfTwoDevicesNeverMeet() throws Exception {
    fixture.write("media/one", "1");
    long ours =
        Files.getAttribute(shared.resolve("media/one"), "unix:ino") instanceof Long n ? n : 0;

    assertThat(fixture.stat("media/one").inode()).isNotEqualTo(ours);
    assertThat(fixture.stat("media/one").inode() & 0xffffffffffffL).isEqualTo(ours);
    assertThat(fixture.list("media").get("one")).isEqualTo(fixture.stat("media/one").inode());
  }
}
