package io.trifold.tree;

import static io.trifold.tree.TreeFixture.assertErrno;
import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.fuse.OpenFile;
import io.trifold.posix.BackingRoot;
import io.trifold.posix.Errno;
import io.trifold.posix.Posix;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RenameTest {
  @TempDir Path directory;
  private TreeFixture fixture;

  @BeforeEach
  void open() throws Exception {
    fixture = new TreeFixture(directory, "propagated /pages/\nremote /media/\n");
    fixture.mkdir("pages");
    fixture.mkdir("media");
    fixture.mkdir("cache");
    fixture.events.take();
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void betweenBindingsOfOneSideItIsTheDisks() throws Exception {
    fixture.write("cache/new", "text");
    long node = fixture.node("cache/new");
    fixture.events.take();

    fixture.rename("cache/new", "pages/start");

    assertThat(fixture.node("pages/start")).isEqualTo(node);
    assertThat(fixture.application.resolve("pages/start")).hasContent("text");
    assertThat(fixture.events.take()).containsExactly("admit pages/start", "changed pages/start");
  }

  @Test
  void whatIsAboveADirectoryThatIsMountedOverStays() throws Exception {
    fixture.mkdir("cache/lib");
    fixture.mkdir("cache/lib/vendor");
    fixture.mkdir("other");
    fixture.tree.holdInPlace(List.of("cache/lib/vendor"));

    assertErrno(Errno.EBUSY, () -> fixture.rename("cache/lib", "lib"));
    assertErrno(Errno.EBUSY, () -> fixture.rename("cache", "other/cache"));
    assertErrno(Errno.EBUSY, () -> fixture.rename("other", "cache", BackingRoot.RENAME_EXCHANGE));
    fixture.rename("other", "cache/lib/other");
    assertThat(fixture.exists("cache/lib/other")).isTrue();
  }

  @Test
  void betweenSidesTheFileIsMovedWithAllThatBelongsToIt() throws Exception {
    fixture.write("cache/upload", "photo");
    Path source = fixture.application.resolve("cache/upload");
    Files.setPosixFilePermissions(source, PosixFilePermissions.fromString("rw-r-----"));
    FileTime time = FileTime.from(Instant.parse("2001-02-03T04:05:06.123456789Z"));
    Files.setLastModifiedTime(source, time);

    fixture.rename("cache/upload", "media/photo");

    Path target = fixture.shared.resolve("media/photo");
    assertThat(source).doesNotExist();
    assertThat(target).hasContent("photo");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target)))
        .isEqualTo("rw-r-----");
    assertThat(Files.getLastModifiedTime(target)).isEqualTo(time);
    assertThat(fixture.exists("cache/upload")).isFalse();
    assertThat(fixture.read("media/photo")).isEqualTo("photo");
    assertThat(fixture.list("media")).containsOnlyKeys("photo");
  }

  @Test
  void betweenSidesWhatStoodThereIsReplaced() throws Exception {
    fixture.write("media/photo", "old");
    fixture.write("pages/photo", "new");
    fixture.events.take();

    assertErrno(
        Errno.EEXIST,
        () -> fixture.rename("pages/photo", "media/photo", BackingRoot.RENAME_NOREPLACE));
    fixture.rename("pages/photo", "media/photo");

    assertThat(fixture.shared.resolve("media/photo")).hasContent("new");
    assertThat(fixture.events.take()).containsExactly("admit pages/photo", "changed pages/photo");
  }

  @Test
  void betweenSidesASymlinkIsMovedAsItIs() throws Exception {
    fixture.symlink("../somewhere/else", "media/link");

    fixture.rename("media/link", "pages/link");

    assertThat(Files.readSymbolicLink(fixture.application.resolve("pages/link")))
        .isEqualTo(Path.of("../somewhere/else"));
    assertThat(fixture.shared.resolve("media/link")).doesNotExist();
  }

  @Test
  void betweenSidesAnOpenFileStaysReadable() throws Exception {
    fixture.write("cache/upload", "photo");
    long node = fixture.node("cache/upload");
    OpenFile open = fixture.tree.open(TreeFixture.CALLER, node, Posix.O_RDONLY);

    fixture.rename("cache/upload", "media/photo");

    assertThat(fixture.read(node, open.handle())).isEqualTo("photo");
    assertThat(fixture.tree.getattr(TreeFixture.CALLER, node, 0).stat().size()).isEqualTo(5);
    fixture.tree.release(node, open.handle());
    assertErrno(Errno.ESTALE, () -> fixture.tree.getattr(TreeFixture.CALLER, node, 0));
    assertErrno(Errno.ESTALE, () -> fixture.tree.open(TreeFixture.CALLER, node, Posix.O_WRONLY));
    assertThat(fixture.node("media/photo")).isNotEqualTo(node);
  }

  @Test
  void aRefusedMoveBetweenSidesChangesNothing() throws Exception {
    fixture.write("media/photo", "photo");
    fixture.events.refused = "pages/photo";

    assertErrno(Errno.EROFS, () -> fixture.rename("media/photo", "pages/photo"));

    assertThat(fixture.shared.resolve("media/photo")).hasContent("photo");
    assertThat(fixture.application.resolve("pages")).isEmptyDirectory();
  }

  @Test
  void aDirectoryDoesNotChangeSides() throws Exception {
    fixture.mkdir("cache/album");

    assertErrno(Errno.EXDEV, () -> fixture.rename("cache/album", "media/album"));
    assertErrno(Errno.EXDEV, () -> fixture.rename("media", "cache/media"));
  }

  @Test
  void aDirectoryMovesWithAllBelowIt() throws Exception {
    fixture.mkdir("cache/a");
    fixture.mkdir("cache/a/b");
    fixture.write("cache/a/b/c", "deep");
    long node = fixture.node("cache/a/b/c");
    OpenFile open = fixture.tree.open(TreeFixture.CALLER, node, Posix.O_RDONLY);
    fixture.events.take();

    fixture.rename("cache/a", "pages/moved");

    assertThat(fixture.node("pages/moved/b/c")).isEqualTo(node);
    assertThat(fixture.tree.getattr(TreeFixture.CALLER, node, 0).stat().size()).isEqualTo(4);
    assertThat(fixture.read(node, open.handle())).isEqualTo("deep");
    assertThat(fixture.exists("cache/a")).isFalse();
    assertThat(fixture.events.take())
        .containsExactly("admit pages/moved", "tree pages/moved", "tree cache/a");

    fixture.write("pages/moved/b/c", "written");
    assertThat(fixture.events.take()).contains("changed pages/moved/b/c");
    fixture.tree.release(node, open.handle());
  }

  @Test
  void theDisksErrorsAreGivenAsTheyAre() throws Exception {
    fixture.mkdir("cache/a");
    fixture.mkdir("cache/b");
    fixture.write("cache/b/file", "x");
    fixture.write("cache/file", "x");

    assertErrno(Errno.ENOTEMPTY, () -> fixture.rename("cache/a", "cache/b"));
    assertErrno(Errno.EISDIR, () -> fixture.rename("cache/file", "cache/a"));
    assertErrno(Errno.ENOTDIR, () -> fixture.rename("cache/a", "cache/file"));
    assertErrno(Errno.ENOENT, () -> fixture.rename("cache/none", "cache/file"));
    assertErrno(
        Errno.EEXIST,
        () -> fixture.rename("cache/file", "cache/b/file", BackingRoot.RENAME_NOREPLACE));
  }

  @Test
  void twoEntriesChangePlaces() throws Exception {
    fixture.write("cache/one", "1");
    fixture.mkdir("cache/two");
    long one = fixture.node("cache/one");
    long two = fixture.node("cache/two");

    fixture.rename("cache/one", "cache/two", BackingRoot.RENAME_EXCHANGE);

    assertThat(fixture.node("cache/two")).isEqualTo(one);
    assertThat(fixture.node("cache/one")).isEqualTo(two);
    assertThat(fixture.read("cache/two")).isEqualTo("1");
    fixture.write("media/three", "3");
    assertErrno(
        Errno.EXDEV, () -> fixture.rename("cache/two", "media/three", BackingRoot.RENAME_EXCHANGE));
  }

  @Test
  void betweenTwoNamesOfOneFileNothingHappens() throws Exception {
    fixture.write("cache/one", "1");
    fixture.link("cache/one", "cache/same");

    fixture.rename("cache/one", "cache/same");

    assertThat(fixture.list("cache")).containsOnlyKeys("one", "same");
    assertThat(fixture.stat("cache/one").links()).isEqualTo(2);
  }

  @Test
  void aMergedDirectoryMovesWhileItStandsOnOneSide() throws Exception {
    fixture.close();
    fixture = new TreeFixture(directory.resolve("merged"), "remote *.pdf\n");
    fixture.mkdir("plugin.new");
    fixture.write("plugin.new/code.php", "code");

    fixture.rename("plugin.new", "plugin");
    assertThat(fixture.read("plugin/code.php")).isEqualTo("code");

    fixture.write("plugin/manual.pdf", "pdf");
    assertErrno(Errno.EXDEV, () -> fixture.rename("plugin", "plugin.old"));
  }
}
