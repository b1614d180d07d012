package io.trifold.tree;

import static io.trifold.tree.TreeFixture.assertErrno;
import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.fuse.Entry;
import io.trifold.fuse.FuseOperations;
import io.trifold.fuse.OpenFile;
import io.trifold.posix.Errno;
import io.trifold.posix.Posix;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RoutingTest {
  private static final String RULES =
      """
      propagated /pages/
      remote /media/ cache=5s
      remote *.pdf cache=3s
      log /var/*.log
      """;

  @TempDir Path directory;
  private TreeFixture fixture;

  @BeforeEach
  void open() throws Exception {
    fixture = new TreeFixture(directory, RULES);
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void aFileIsMadeOnTheSideThatItsRuleNames() throws Exception {
    fixture.mkdir("pages");
    fixture.mkdir("media");
    fixture.write("index.php", "code");
    fixture.write("pages/start.txt", "page");
    fixture.write("media/photo.jpg", "photo");

    assertThat(fixture.application.resolve("index.php")).hasContent("code");
    assertThat(fixture.application.resolve("pages/start.txt")).hasContent("page");
    assertThat(fixture.shared.resolve("media/photo.jpg")).hasContent("photo");
    assertThat(fixture.application.resolve("media")).doesNotExist();
    assertThat(fixture.read("media/photo.jpg")).isEqualTo("photo");
  }

  @Test
  void parentsAreMadeOnTheOtherSideWithTheSameMode() throws Exception {
    fixture.mkdir("docs");
    fixture.chmod("docs", 0750);
    fixture.mkdir("docs/deep");

    fixture.write("docs/deep/manual.pdf", "pdf");

    assertThat(fixture.shared.resolve("docs/deep/manual.pdf")).hasContent("pdf");
    assertThat(Files.getPosixFilePermissions(fixture.shared.resolve("docs")))
        .isEqualTo(Files.getPosixFilePermissions(fixture.application.resolve("docs")));
  }

  @Test
  void whatStandsWhereTheRulesDoNotLookIsNotSeen() throws Exception {
    fixture.onDisk(fixture.shared, "stray.txt", "stray");
    fixture.onDisk(fixture.application, "media/stray.jpg", "stray");
    fixture.onDisk(fixture.shared, "pages/stray.txt", "stray");
    fixture.onDisk(fixture.application, "stray.pdf", "stray");

    assertThat(fixture.exists("stray.txt")).isFalse();
    assertThat(fixture.exists("media")).isFalse();
    assertThat(fixture.exists("stray.pdf")).isFalse();
    assertThat(fixture.list("")).containsOnlyKeys("pages");
    assertThat(fixture.list("pages")).isEmpty();
  }

  @Test
  void whatIsHiddenIsNeverOverwritten() throws Exception {
    fixture.onDisk(fixture.application, "stray.pdf", "stray");

    fixture.write("stray.pdf", "mine");

    assertThat(fixture.shared.resolve("stray.pdf")).hasContent("mine");
    assertThat(fixture.application.resolve("stray.pdf")).hasContent("stray");
    assertThat(fixture.read("stray.pdf")).isEqualTo("mine");
  }

  @Test
  void theKernelKeepsOursForEverAndTheirsForTheRulesTime() throws Exception {
    fixture.write("index.php", "code");
    fixture.mkdir("media");
    fixture.write("media/photo.jpg", "photo");

    Entry ours = fixture.lookup("index.php");
    assertThat(ours.nameNanos()).isEqualTo(Entry.UNLIMITED);
    assertThat(ours.attributeNanos()).isEqualTo(Entry.UNLIMITED);

    Entry theirs = fixture.lookup("media/photo.jpg");
    assertThat(theirs.nameNanos()).isEqualTo(Duration.ofSeconds(5).toNanos());
    assertThat(theirs.attributeNanos()).isEqualTo(Duration.ofSeconds(5).toNanos());

    assertThat(fixture.lookup("none.pdf").nameNanos()).isEqualTo(Duration.ofSeconds(3).toNanos());
    assertThat(fixture.lookup("media/none.jpg").nameNanos())
        .isEqualTo(Duration.ofSeconds(5).toNanos());
  }

  @Test
  void nothingIsKeptForEverThatAnotherHostCanChange() throws Exception {
    fixture.mkdir("pages");

    assertThat(fixture.lookup("pages").nameNanos()).isEqualTo(Entry.UNLIMITED);
    assertThat(fixture.lookup("pages").attributeNanos()).isLessThan(Entry.UNLIMITED);
    assertThat(fixture.lookup("none").nameNanos()).isLessThan(Entry.UNLIMITED);
    assertThat(fixture.tree.getattr(TreeFixture.CALLER, FuseOperations.ROOT, 0).nanos())
        .isLessThan(Entry.UNLIMITED);
  }

  @Test
  void aRoutedLogBypassesTheKernelsCache() throws Exception {
    fixture.mkdir("var");

    assertThat(fixture.create("var/error.log", Posix.O_WRONLY | Posix.O_APPEND).file().caching())
        .isEqualTo(OpenFile.Caching.NONE);
    assertThat(fixture.create("var/error.txt", Posix.O_WRONLY).file().caching())
        .isEqualTo(OpenFile.Caching.WHILE_OPEN);
    assertThat(fixture.application.resolve("var/error.log")).exists();
  }

  @Test
  void onlySharedStorageMayBlock() throws Exception {
    fixture.write("index.php", "code");
    fixture.mkdir("media");

    assertThat(fixture.tree.mayBlock(fixture.node("index.php"))).isFalse();
    assertThat(fixture.tree.mayBlock(fixture.node("media"))).isTrue();
  }

  @Test
  void aDirectoryOnOneSideStandsInTheWayOfAFileOnTheOther() throws Exception {
    fixture.mkdir("manual.pdf.d");
    fixture.onDisk(fixture.application, "plain/", "");
    fixture.onDisk(fixture.shared, "plain/manual.pdf/", "");

    assertErrno(Errno.EISDIR, () -> fixture.create("plain/manual.pdf", Posix.O_WRONLY));
    assertErrno(Errno.EEXIST, () -> fixture.mkdir("plain/manual.pdf"));
  }

  @Test
  void whatABypassedDirectoryHoldsIsNotKeptForLong() throws Exception {
    fixture.close();
    fixture = new TreeFixture(directory.resolve("bypass"), "local /vendor/ bypass=on\n");
    fixture.mkdir("vendor");
    fixture.write("vendor/code.php", "code");
    long second = Duration.ofSeconds(1).toNanos();

    long vendor = fixture.node("vendor");
    assertThat(fixture.tree.lookup(TreeFixture.CALLER, FuseOperations.ROOT, "vendor").nameNanos())
        .isEqualTo(Entry.UNLIMITED);
    Entry code = fixture.tree.lookup(TreeFixture.CALLER, vendor, "code.php");
    assertThat(code.nameNanos()).isEqualTo(second);
    assertThat(code.attributeNanos()).isEqualTo(second);
    assertThat(fixture.tree.lookup(TreeFixture.CALLER, vendor, "none").nameNanos())
        .isEqualTo(second);
  }
}
