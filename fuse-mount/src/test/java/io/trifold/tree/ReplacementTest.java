package io.trifold.tree;

import static io.trifold.tree.TreeFixture.CALLER;
import static io.trifold.tree.TreeFixture.assertErrno;
import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.fuse.AttributeChange;
import io.trifold.fuse.FuseOperations;
import io.trifold.fuse.KernelCache;
import io.trifold.fuse.OpenFile;
import io.trifold.posix.BackingRoot;
import io.trifold.posix.Errno;
import io.trifold.posix.Posix;
import io.trifold.posix.Stat;
import io.trifold.rules.RuleSet;
import io.trifold.rules.RuleState;
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
        List.of(path),
        () -> {
          fixture
              .tree
              .applicationRoot()
              .rename(".trifold~new", fixture.tree.applicationRoot(), path, 0);
          return null;
        });
    fixture.tree.replaced(List.of(path));
  }

  /** Between the swap on the disk and the notice, callers still come with the old node. */
  @Test
  void nothingIsWrittenToAFileThatWasReplacedUnderItsName() throws Exception {
    long node = fixture.node("pages/start");
    OpenFile lingering = fixture.tree.open(CALLER, node, Posix.O_RDONLY);
    Files.writeString(fixture.application.resolve(".trifold~new"), "new");
    fixture.tree.exclusively(
        List.of("pages/start"),
        () -> {
          BackingRoot root = fixture.tree.applicationRoot();
          root.rename(".trifold~new", root, "pages/start", 0);
          return null;
        });
    AttributeChange truncation =
        new AttributeChange(AttributeChange.SIZE, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    assertErrno(Errno.ESTALE, () -> fixture.tree.open(CALLER, node, Posix.O_WRONLY));
    assertErrno(Errno.ESTALE, () -> fixture.tree.setattr(CALLER, node, truncation));
    fixture.tree.replaced(List.of("pages/start"));
    assertErrno(Errno.ESTALE, () -> fixture.tree.open(CALLER, node, Posix.O_RDWR));
    assertErrno(Errno.ESTALE, () -> fixture.tree.setattr(CALLER, node, truncation));

    assertThat(fixture.read(node, lingering.handle())).isEqualTo("old");
    assertThat(fixture.read("pages/start")).isEqualTo("new");
    fixture.tree.release(node, lingering.handle());
  }

  /** A caller's lookup may be faster than the notice. */
  @Test
  void aNameThatAlreadyStandsForTheNewFileIsKept() throws Exception {
    try (BackingRoot root = BackingRoot.open(fixture.application.toString())) {
      RuleState rules = RuleSet.parse("test", "propagated *\n").root();
      NodeTable table = new NodeTable(new InodeNumbers(root.stat("").device()), rules, 1);
      fixture.write("pages/next", "new");
      Node old = enter(table, rules, root.stat("pages/start"));
      Node next = enter(table, rules, root.stat("pages/next"));

      table.replaced(table.root(), "start", old);

      assertThat(table.child(table.root(), "start")).isSameAs(next);
      assertThat(((FileNode) next).links()).containsExactly(new Link(table.root(), "start"));
    }
  }

  private static Node enter(NodeTable table, RuleState rules, Stat stat) {
    return table.enter(table.root(), "start", new Found(rules.step("start"), stat, null));
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
    assertErrno(Errno.ESTALE, () -> fixture.tree.open(CALLER, node, Posix.O_RDONLY));
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
        List.of("pages"),
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
