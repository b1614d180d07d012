package io.trifold.tree;

import static io.trifold.tree.TreeFixture.CALLER;
import static io.trifold.tree.TreeFixture.assertErrno;
import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.fuse.FuseOperations;
import io.trifold.fuse.KernelCache;
import io.trifold.fuse.OpenFile;
import io.trifold.posix.Errno;
import io.trifold.posix.Posix;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the replica does below the mount. */
class ReplacementTest {
  @TempDir Path directory;
  private TreeFixture fixture;
  private final List<String> notices = new ArrayList<>();

  @BeforeEach
  void open() throws Exception {
    fixture = new TreeFixture(directory, "propagated *\n");
    fixture.mkdir("pages");
    fixture.write("pages/start", "old");
    fixture.tree.attach(
        new KernelCache() {
          @Override
          public void invalidateEntry(long parent, String name) {
            notices.add("entry " + parent + " " + name);
          }

          @Override
          public void invalidateNode(long node) {
            notices.add("node " + node);
          }
        });
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  private void swap(String path, String content) throws Exception {
    Files.writeString(fixture.application.resolve(".trifold~new"), content);
    fixture.tree.exclusively(
        () -> {
          fixture
              .tree
              .applicationRoot()
              .rename(".trifold~new", fixture.tree.applicationRoot(), path, 0);
          return null;
        });
    fixture.tree.replaced(List.of(path));
  }

  @Test
  void aReplacedFileIsANewNodeAndTheKernelIsTold() throws Exception {
    long parent = fixture.node("pages");
    long node = fixture.node("pages/start");
    OpenFile reader = fixture.tree.open(CALLER, node, Posix.O_RDONLY);

    swap("pages/start", "new");

    assertThat(notices)
        .containsExactly("node " + node, "entry " + parent + " start", "node " + parent);
    assertThat(fixture.read("pages/start")).isEqualTo("new");
    assertThat(fixture.node("pages/start")).isNotEqualTo(node);
    assertThat(fixture.read(node, reader.handle())).isEqualTo("old");
    fixture.tree.release(node, reader.handle());
    assertErrno(Errno.ESTALE, () -> fixture.tree.getattr(CALLER, node, 0));
  }

  @Test
  void aFileThatAppearedEndsItsAbsence() throws Exception {
    long parent = fixture.node("pages");
    assertThat(fixture.exists("pages/next")).isFalse();

    swap("pages/next", "new");

    assertThat(notices).contains("entry " + parent + " next");
  }

  @Test
  void aChangedDirectoryStaysTheSameNode() throws Exception {
    long node = fixture.node("pages");
    long file = fixture.node("pages/start");
    fixture.tree.exclusively(
        () -> {
          fixture.tree.applicationRoot().chmod("pages", 0700);
          return null;
        });

    fixture.tree.replaced(List.of("pages"));

    assertThat(notices).containsExactly("node " + node);
    assertThat(fixture.node("pages/start")).isEqualTo(file);
  }

  @Test
  void nothingIsSaidOfWhatTheKernelCannotKnow() throws Exception {
    Files.createDirectories(fixture.application.resolve("unknown/deep"));

    fixture.tree.replaced(List.of("unknown/deep/file"));

    assertThat(notices).isEmpty();
  }

  @Test
  void theStagingDirectoryIsNeverSeen() throws Exception {
    Files.createDirectories(fixture.application.resolve(".trifold/staging"));
    Files.createDirectories(fixture.application.resolve("pages/.trifold"));

    assertThat(fixture.list("")).containsOnlyKeys("pages");
    assertThat(fixture.list("pages")).containsOnlyKeys(".trifold", "start");
    assertThat(fixture.exists(".trifold/staging")).isFalse();
    assertThat(fixture.tree.lookup(CALLER, FuseOperations.ROOT, ".trifold").stat().permissions())
        .isEqualTo(0555);
  }
}
