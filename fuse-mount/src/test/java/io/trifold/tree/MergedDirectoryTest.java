package io.trifold.tree;

import static io.trifold.tree.TreeFixture.assertErrno;
import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.posix.Errno;
import io.trifold.posix.Stat;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MergedDirectoryTest {
  @TempDir Path directory;
  private TreeFixture fixture;

  @BeforeEach
  void open() throws Exception {
    fixture = new TreeFixture(directory, "propagated *.txt\nremote *.pdf\nremote /media/\n");
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void showsTheEntriesOfBothSidesOnce() throws Exception {
    fixture.onDisk(fixture.application, "docs/both/", "");
    fixture.onDisk(fixture.shared, "docs/both/", "");
    fixture.onDisk(fixture.application, "docs/a.txt", "a");
    fixture.onDisk(fixture.shared, "docs/b.pdf", "b");
    fixture.onDisk(fixture.shared, "docs/theirs/", "");

    assertThat(fixture.list("docs")).containsOnlyKeys("a.txt", "b.pdf", "both", "theirs");
  }

  @Test
  void listsTheInodeNumbersThatStatGives() throws Exception {
    fixture.onDisk(fixture.application, "docs/both/", "");
    fixture.onDisk(fixture.shared, "docs/both/", "");
    fixture.onDisk(fixture.application, "docs/a.txt", "a");
    fixture.onDisk(fixture.shared, "docs/b.pdf", "b");
    Map<String, Long> before = fixture.list("docs");

    Map<String, Long> inodes = new TreeMap<>();
    for (String name : before.keySet()) {
      inodes.put(name, fixture.stat("docs/" + name).inode());
    }

    assertThat(inodes).isEqualTo(before);
    assertThat(fixture.list("docs")).isEqualTo(before);
  }

  @Test
  void isWhatItsHomeSideSays() throws Exception {
    fixture.onDisk(fixture.application, "docs/", "");
    fixture.onDisk(fixture.shared, "docs/sub/", "");
    fixture.chmod("docs", 0710);

    Stat stat = fixture.stat("docs");

    assertThat(stat.permissions()).isEqualTo(0710);
    assertThat(stat.links()).isEqualTo(1);
    assertThat(fixture.stat("docs/sub").isDirectory()).isTrue();
  }

  @Test
  void keepsItsInodeNumberWhenItsHomeSideIsMade() throws Exception {
    fixture.onDisk(fixture.shared, "docs/b.pdf", "b");
    long node = fixture.node("docs");
    long inode = fixture.stat("docs").inode();

    fixture.write("docs/a.txt", "a");

    assertThat(fixture.application.resolve("docs/a.txt")).hasContent("a");
    assertThat(fixture.node("docs")).isEqualTo(node);
    assertThat(fixture.stat("docs").inode()).isEqualTo(inode);
    assertThat(fixture.list("").get("docs")).isEqualTo(inode);
  }

  @Test
  void changesItsModeOnBothSides() throws Exception {
    fixture.onDisk(fixture.application, "docs/", "");
    fixture.onDisk(fixture.shared, "docs/", "");

    fixture.chmod("docs", 0700);

    assertThat(Files.getPosixFilePermissions(fixture.shared.resolve("docs")))
        .isEqualTo(Files.getPosixFilePermissions(fixture.application.resolve("docs")))
        .hasSize(3);
  }

  @Test
  void isRemovedOnBothSides() throws Exception {
    fixture.onDisk(fixture.application, "docs/", "");
    fixture.onDisk(fixture.shared, "docs/", "");

    fixture.rmdir("docs");

    assertThat(fixture.application.resolve("docs")).doesNotExist();
    assertThat(fixture.shared.resolve("docs")).doesNotExist();
    assertThat(fixture.exists("docs")).isFalse();
    assertThat(fixture.list("")).isEmpty();
    fixture.mkdir("docs");
    assertThat(fixture.exists("docs")).isTrue();
  }

  @Test
  void isNotRemovedWhileEitherSideHoldsSomething() throws Exception {
    fixture.onDisk(fixture.application, "docs/", "");
    fixture.onDisk(fixture.shared, "docs/b.pdf", "");
    assertErrno(Errno.ENOTEMPTY, () -> fixture.rmdir("docs"));

    fixture.unlink("docs/b.pdf");
    fixture.onDisk(fixture.shared, "docs/hidden.txt", "");
    assertThat(fixture.list("docs")).isEmpty();
    assertErrno(Errno.ENOTEMPTY, () -> fixture.rmdir("docs"));

    assertThat(fixture.application.resolve("docs")).exists();
    assertThat(fixture.shared.resolve("docs/hidden.txt")).exists();
  }

  @Test
  void cannotBeMadeOverWhatTheOtherSideHolds() throws Exception {
    fixture.onDisk(fixture.shared, "docs/", "");

    assertErrno(Errno.EEXIST, () -> fixture.mkdir("docs"));
    assertErrno(Errno.EISDIR, () -> fixture.create("docs", 1));
    assertThat(fixture.application.resolve("docs")).doesNotExist();
  }

  @Test
  void theApplicationsFileStandsBeforeTheOtherSidesDirectory() throws Exception {
    fixture.onDisk(fixture.application, "thing", "file");
    fixture.onDisk(fixture.shared, "thing/", "");

    assertThat(fixture.stat("thing").isRegular()).isTrue();
    assertThat(fixture.list("")).containsOnlyKeys("thing");
    assertThat(fixture.list("").get("thing")).isEqualTo(fixture.stat("thing").inode());
  }

  @Test
  void aReadingGoesOnWhereItStoppedWhateverIsRemovedMeanwhile() throws Exception {
    for (int i = 0; i < 20; i++) {
      fixture.onDisk(fixture.application, "docs/" + i + ".txt", "");
      fixture.onDisk(fixture.shared, "docs/" + i + ".pdf", "");
    }
    long node = fixture.node("docs");
    List<String> names = new ArrayList<>();
    long offset = 0;
    while (true) {
      TreeFixture.Listing some = new TreeFixture.Listing(3);
      fixture.tree.readdir(TreeFixture.CALLER, node, offset, some);
      if (some.items.isEmpty()) {
        break;
      }
      for (TreeFixture.Listing.Item item : some.items) {
        names.add(item.name());
        offset = item.next();
        if (item.name().endsWith(".txt") || item.name().endsWith(".pdf")) {
          fixture.unlink("docs/" + item.name());
        }
      }
    }

    assertThat(names).hasSize(42).doesNotHaveDuplicates().startsWith(".", "..");
    assertThat(fixture.list("docs")).isEmpty();
  }

  @Test
  void aDirectoryOfOneSideIsReadOnFromAnyPlace() throws Exception {
    for (int i = 0; i < 300; i++) {
      fixture.onDisk(fixture.shared, "media/photo" + i, "");
    }
    long node = fixture.node("media");
    TreeFixture.Listing all = new TreeFixture.Listing(Integer.MAX_VALUE);
    fixture.tree.readdir(TreeFixture.CALLER, node, 0, all);

    TreeFixture.Listing rest = new TreeFixture.Listing(Integer.MAX_VALUE);
    long from = all.items.get(99).next();
    fixture.tree.readdir(TreeFixture.CALLER, node, from, rest);
    TreeFixture.Listing again = new TreeFixture.Listing(7);
    fixture.tree.readdir(TreeFixture.CALLER, node, 0, again);
    TreeFixture.Listing after = new TreeFixture.Listing(Integer.MAX_VALUE);
    fixture.tree.readdir(TreeFixture.CALLER, node, again.items.get(6).next(), after);

    assertThat(all.items).hasSize(302);
    assertThat(rest.items).isEqualTo(all.items.subList(100, 302));
    assertThat(again.items).isEqualTo(all.items.subList(0, 7));
    assertThat(after.items).isEqualTo(all.items.subList(7, 302));
  }
}
