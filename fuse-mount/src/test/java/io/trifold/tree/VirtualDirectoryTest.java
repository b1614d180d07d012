package io.trifold.tree;

import static io.trifold.tree.TreeFixture.CALLER;
import static io.trifold.tree.TreeFixture.assertErrno;
import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.fuse.OpenFile;
import io.trifold.posix.Errno;
import io.trifold.posix.Posix;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VirtualDirectoryTest {
  @TempDir Path directory;
  private TreeFixture fixture;

  @BeforeEach
  void open() throws Exception {
    fixture = new TreeFixture(directory, "remote /media/\n");
    fixture.write("file", "text");
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void isFoundButNotListed() throws Exception {
    assertThat(fixture.list("")).containsOnlyKeys("file");
    assertThat(fixture.list(".trifold")).containsOnlyKeys("status");
    assertThat(fixture.stat(".trifold").permissions()).isEqualTo(0555);
    assertThat(fixture.stat(".trifold/status").permissions()).isEqualTo(0444);
    assertThat(fixture.exists(".trifold/none")).isFalse();
    assertThat(fixture.list(".trifold").get("status"))
        .isEqualTo(fixture.stat(".trifold/status").inode());
  }

  @Test
  void itsFilesAreReadPastTheCache() throws Exception {
    OpenFile open = fixture.tree.open(CALLER, fixture.node(".trifold/status"), Posix.O_RDONLY);

    assertThat(open.caching()).isEqualTo(OpenFile.Caching.NONE);
    assertThat(open.backing()).isEqualTo(-1);
    assertThat(fixture.read(fixture.node(".trifold/status"), open.handle()))
        .isEqualTo("all is well\n");
  }

  @Test
  void nothingInItCanBeChanged() throws Exception {
    assertErrno(Errno.EPERM, () -> fixture.create(".trifold/new", Posix.O_WRONLY));
    assertErrno(Errno.EPERM, () -> fixture.mkdir(".trifold"));
    assertErrno(Errno.EPERM, () -> fixture.unlink(".trifold/status"));
    assertErrno(Errno.EPERM, () -> fixture.rmdir(".trifold"));
    assertErrno(Errno.EPERM, () -> fixture.rename(".trifold", "other"));
    assertErrno(Errno.EPERM, () -> fixture.rename("file", ".trifold/status"));
    assertErrno(Errno.EPERM, () -> fixture.chmod(".trifold/status", 0777));
    assertErrno(
        Errno.EACCES,
        () -> fixture.tree.open(CALLER, fixture.node(".trifold/status"), Posix.O_WRONLY));
  }

  @Test
  void temporaryFilesAreNotSeenAndCannotBeMade() throws Exception {
    Files.writeString(fixture.application.resolve(".trifold~abc"), "x");

    assertThat(fixture.exists(".trifold~abc")).isFalse();
    assertThat(fixture.list("")).containsOnlyKeys("file");
    assertErrno(Errno.EPERM, () -> fixture.create(".trifold~new", Posix.O_WRONLY));
    assertErrno(Errno.EPERM, () -> fixture.rename("file", ".trifold~new"));
    assertErrno(Errno.ENOENT, () -> fixture.unlink(".trifold~abc"));
  }

  @Test
  void everyPathTellsItsBindingAndCopiesDoNotCarryIt() throws Exception {
    long file = fixture.node("file");
    String binding = "user.trifold.binding";

    assertThat(fixture.tree.getxattr(CALLER, file, binding))
        .isEqualTo("file file".getBytes(StandardCharsets.UTF_8));
    assertThat(fixture.tree.getxattr(CALLER, 1, binding))
        .isEqualTo("directory ".getBytes(StandardCharsets.UTF_8));
    assertThat(new String(fixture.tree.listxattr(CALLER, file), StandardCharsets.UTF_8))
        .doesNotContain("trifold");
    assertErrno(Errno.EPERM, () -> fixture.tree.setxattr(CALLER, file, binding, new byte[0], 0));
    assertErrno(Errno.EPERM, () -> fixture.tree.removexattr(CALLER, file, binding));
    assertErrno(Errno.ENODATA, () -> fixture.tree.getxattr(CALLER, file, "user.trifold.none"));
  }

  @Test
  void otherAttributesAreTheDisks() throws Exception {
    long file = fixture.node("file");
    byte[] value = "value".getBytes(StandardCharsets.UTF_8);

    assertErrno(Errno.ENODATA, () -> fixture.tree.getxattr(CALLER, file, "security.capability"));
    assertErrno(Errno.ENODATA, () -> fixture.tree.getxattr(CALLER, file, "security.capability"));
    fixture.tree.setxattr(CALLER, file, "user.own", value, 0);

    assertThat(fixture.tree.getxattr(CALLER, file, "user.own")).isEqualTo(value);
    assertThat(new String(fixture.tree.listxattr(CALLER, file), StandardCharsets.UTF_8))
        .contains("user.own\0");
    assertErrno(Errno.EEXIST, () -> fixture.tree.setxattr(CALLER, file, "user.own", value, 1));
    fixture.tree.removexattr(CALLER, file, "user.own");
    assertErrno(Errno.ENODATA, () -> fixture.tree.getxattr(CALLER, file, "user.own"));
  }
}
