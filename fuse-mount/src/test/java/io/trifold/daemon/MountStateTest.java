package io.trifold.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MountStateTest {
  @TempDir private Path directory;

  @ParameterizedTest
  @CsvSource({
    "/srv/app, srv-app",
    "/srv/my-app, srv-my\\x2dapp",
    "/srv/.hidden, srv-.hidden",
    "/.hidden, \\x2ehidden",
    "/srv/a b_c:d, srv-a\\x20b_c:d",
    "/srv/ä, srv-\\xc3\\xa4"
  })
  void namesTheDirectoryAsSystemdDoes(Path root, String name) {
    assertThat(MountState.escape(root)).isEqualTo(name);
  }

  @Test
  void closesWhatItMakesToOthers() throws Exception {
    Path state = directory.resolve("state");

    MountState.prepare(state, Path.of("/srv/app"));

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(state)))
        .isEqualTo("rwx------");
  }

  @Test
  void isUsedByOneAtATime() throws Exception {
    MountState state = MountState.prepare(directory, Path.of("/srv/app"));
    try (FileChannel held = state.lock()) {
      assertThat(held.isOpen()).isTrue();
      assertThatThrownBy(state::lock).isInstanceOf(MountException.class);
    }
    try (FileChannel again = state.lock()) {
      assertThat(again.isOpen()).isTrue();
    }
  }

  @Test
  void emptiesTheTemporaryDirectory() throws Exception {
    MountState state = MountState.prepare(directory, Path.of("/srv/app"));
    Path temporary = state.emptyTemporary();
    Files.createDirectories(temporary.resolve("a/b"));
    Files.writeString(temporary.resolve("a/b/left.so"), "x");

    assertThat(state.emptyTemporary()).isEmptyDirectory();
  }

  @Test
  void saysThatTheStateDirectoryCannotBe() throws Exception {
    Path file = Files.createFile(directory.resolve("file"));

    assertThatThrownBy(() -> MountState.prepare(file, Path.of("/srv/app")))
        .isInstanceOf(MountException.class)
        .hasMessageStartingWith("the state directory " + file + " cannot be used: ");
  }
}
