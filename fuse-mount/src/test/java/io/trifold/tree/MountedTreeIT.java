package io.trifold.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.RandomAccessFile;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a tree is to its users, through each transport. */
class MountedTreeIT {
  private static final String RULES =
      """
      propagated /pages/
      remote /media/
      remote *.pdf
      log /var/*.log
      """;

  @TempDir Path directory;

  private MountFixture mounted(MountFixture.Way way) throws Exception {
    return new MountFixture(way, directory, RULES);
  }

  @ParameterizedTest
  @EnumSource(MountFixture.Way.class)
  void whatWasReplacedBelowIsSeenAtOnce(MountFixture.Way way) throws Exception {
    try (MountFixture fixture = mounted(way)) {
      Path page = Files.createDirectory(fixture.mount.resolve("pages")).resolve("start");
      Path next = fixture.mount.resolve("pages/next");
      Files.writeString(page, "old content");
      for (int i = 0; i < 20; i++) {
        assertThat(Files.exists(next)).isFalse();
        Files.size(page);
        String content = "new content, number " + i;
        swap(fixture, "pages/start", content);

        assertThat(page).hasContent(content);
        assertThat(Files.size(page)).isEqualTo(content.length());

        swap(fixture, "pages/next", "more");
        assertThat(next).hasContent("more");
        remove(fixture, "pages/next");
      }
      assertThat(fixture.mount.resolve("pages")).isDirectoryNotContaining("glob:**/next");
    }
  }

  private static void swap(MountFixture fixture, String path, String content) throws Exception {
    Files.writeString(fixture.below.application.resolve(".trifold~new"), content);
    Tree tree = fixture.below.tree;
    tree.exclusively(
        List.of(path),
        () -> {
          tree.applicationRoot().rename(".trifold~new", tree.applicationRoot(), path, 0);
          return null;
        });
    tree.replaced(List.of(path));
  }

  private static void remove(MountFixture fixture, String path) throws Exception {
    Tree tree = fixture.below.tree;
    tree.exclusively(
        List.of(path),
        () -> {
          tree.applicationRoot().unlink(path);
          return null;
        });
    tree.replaced(List.of(path));
  }

  @ParameterizedTest
  @EnumSource(MountFixture.Way.class)
  void aFileMovedAcrossBindingsIsUsableAtOnce(MountFixture.Way way) throws Exception {
    try (MountFixture fixture = mounted(way)) {
      Path media = Files.createDirectory(fixture.mount.resolve("media"));
      Files.createDirectory(fixture.mount.resolve("pages"));
      for (int i = 0; i < 30; i++) {
        Path upload = fixture.mount.resolve("upload" + i);
        Path photo = media.resolve("photo" + i);
        Path page = fixture.mount.resolve("pages/page" + i);
        Files.writeString(upload, "photo " + i);

        Files.move(upload, photo, StandardCopyOption.ATOMIC_MOVE);
        Files.writeString(photo, "!", StandardOpenOption.APPEND);
        assertThat(fixture.below.shared.resolve("media/photo" + i)).hasContent("photo " + i + "!");

        Files.move(photo, page, StandardCopyOption.ATOMIC_MOVE);
        Files.setPosixFilePermissions(page, PosixFilePermissions.fromString("rw-------"));
        assertThat(page).hasContent("photo " + i + "!");
        assertThat(photo).doesNotExist();
      }
      assertThat(fixture.below.shared.resolve("media")).isEmptyDirectory();
    }
  }

  @ParameterizedTest
  @EnumSource(MountFixture.Way.class)
  void aDirectoryMovedAcrossBindingsIsCopiedByMv(MountFixture.Way way) throws Exception {
    try (MountFixture fixture = mounted(way)) {
      MountFixture.sh(
          fixture.mount, "mkdir media album; echo 1 > album/one; echo 2 > album/two.pdf");

      MountFixture.sh(fixture.mount, "mv album media/album; ls media/album; cat media/album/*");

      assertThat(fixture.below.shared.resolve("media/album/two.pdf")).hasContent("2\n");
      assertThat(fixture.below.application.resolve("album")).doesNotExist();
      assertThat(fixture.below.shared.resolve("album")).doesNotExist();
    }
  }

  @ParameterizedTest
  @EnumSource(MountFixture.Way.class)
  void filesBelongToWhoMakesThem(MountFixture.Way way) throws Exception {
    try (MountFixture fixture = mounted(way)) {
      MountFixture.sh(
          fixture.mount,
          """
          chmod 755 .. . ; mkdir media pages; chmod 777 media pages
          setpriv --reuid 1234 --regid 2345 --clear-groups bash -c '
            umask 027; echo x > pages/file; mkdir media/dir; echo y > media/dir/file
            ln -s x pages/link; mkfifo pages/fifo; test ! -w . ; ! touch not-mine 2>/dev/null'
          """);

      assertThat(MountFixture.sh(fixture.below.application, "stat -c '%u:%g %a %n' pages/* | sort"))
          .isEqualTo(
              "1234:2345 640 pages/fifo\n1234:2345 640 pages/file\n1234:2345 777 pages/link\n");
      assertThat(
              MountFixture.sh(fixture.below.shared, "stat -c '%u:%g %a %n' media/dir media/dir/*"))
          .isEqualTo("1234:2345 750 media/dir\n1234:2345 640 media/dir/file\n");
    }
  }

  @ParameterizedTest
  @EnumSource(MountFixture.Way.class)
  void anUnlinkedFileCanBeUsedWhileItIsOpen(MountFixture.Way way) throws Exception {
    try (MountFixture fixture = mounted(way)) {
      Path path = fixture.mount.resolve("gone");
      try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
        file.writeBytes("text");
        Files.delete(path);
        Files.writeString(path, "another");

        file.seek(0);
        assertThat(file.readLine()).isEqualTo("text");
        assertThat(file.length()).isEqualTo(4);
        file.setLength(2);
        assertThat(file.length()).isEqualTo(2);
      }
      assertThat(path).hasContent("another");
    }
  }

  @ParameterizedTest
  @EnumSource(MountFixture.Way.class)
  void whatIsWrittenIsToldWhenItIsClosed(MountFixture.Way way) throws Exception {
    try (MountFixture fixture = mounted(way)) {
      Path page = Files.createDirectory(fixture.mount.resolve("pages")).resolve("start");
      Files.writeString(page, "old");
      fixture.below.events.take();

      Files.writeString(page, "new");
      assertThat(fixture.below.events.take()).contains("changed pages/start");

      Files.readString(page);
      MountFixture.sh(fixture.mount, "sync -d pages/start; sync pages");
      assertThat(fixture.below.events.take()).contains("persist pages/start", "persist pages");
    }
  }

  @ParameterizedTest
  @EnumSource(MountFixture.Way.class)
  void mergedDirectoriesAgreeWithThemselves(MountFixture.Way way) throws Exception {
    try (MountFixture fixture = mounted(way)) {
      Path docs = Files.createDirectory(fixture.mount.resolve("docs"));
      Files.writeString(docs.resolve("a.txt"), "a");
      Files.writeString(docs.resolve("b.pdf"), "b");

      assertThatThrownBy(() -> Files.delete(docs)).isInstanceOf(DirectoryNotEmptyException.class);
      assertThat(
              MountFixture.sh(
                  docs, "ls; stat -c %h .; find . -name '*.pdf' -inum $(stat -c %i b.pdf)"))
          .isEqualTo("a.txt\nb.pdf\n1\n./b.pdf\n");
      Files.delete(docs.resolve("a.txt"));
      Files.delete(docs.resolve("b.pdf"));
      Files.delete(docs);

      assertThat(docs).doesNotExist();
      assertThat(fixture.below.shared).isEmptyDirectory();
      assertThat(fixture.below.application).isEmptyDirectory();
    }
  }

  @ParameterizedTest
  @EnumSource(MountFixture.Way.class)
  void linksAcrossBindingsAreRefused(MountFixture.Way way) throws Exception {
    try (MountFixture fixture = mounted(way)) {
      Path file = Files.writeString(fixture.mount.resolve("file"), "text");

      assertThatThrownBy(() -> Files.createLink(fixture.mount.resolve("file.pdf"), file))
          .isInstanceOf(FileSystemException.class)
          .hasMessageContaining("cross-device");
    }
  }

  @ParameterizedTest
  @EnumSource(MountFixture.Way.class)
  void routedLogsAreAppendedTo(MountFixture.Way way) throws Exception {
    try (MountFixture fixture = mounted(way)) {
      MountFixture.sh(
          fixture.mount,
          """
          mkdir var; for w in 1 2 3; do (for i in $(seq 1 50); do
          echo "writer $w line $i" >> var/error.log; done) & done; wait
          test $(wc -l < var/error.log) = 150; test $(sort -u var/error.log | wc -l) = 150
          """);
      assertThat(fixture.below.application.resolve("var/error.log")).exists();
    }
  }

  @ParameterizedTest
  @EnumSource(MountFixture.Way.class)
  void itStandsOverTheApplicationItself(MountFixture.Way way) throws Exception {
    Path root = Files.createDirectories(directory.resolve("self"));
    Files.writeString(root.resolve("index.php"), "code");
    try (MountFixture fixture = MountFixture.over(way, directory, root, RULES)) {
      assertThat(fixture.mount.resolve("index.php")).hasContent("code");
      Files.writeString(root.resolve("index.php"), "changed");
      assertThat(root.resolve(".trifold/status")).hasContent("all is well");
    }
    assertThat(root.resolve("index.php")).hasContent("changed");
    assertThat(root.resolve(".trifold")).doesNotExist();
  }
}
