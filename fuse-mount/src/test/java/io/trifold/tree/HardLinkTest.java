package io.trifold.tree;

import static io.trifold.tree.TreeFixture.assertErrno;
import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.fuse.Created;
import io.trifold.fuse.OpenFile;
import io.trifold.posix.Errno;
import io.trifold.posix.Posix;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Names, nodes and inodes. */
class HardLinkTest {
  @TempDir Path directory;
  private TreeFixture fixture;

  @BeforeEach
  void open() throws Exception {
    fixture = new TreeFixture(directory, "propagated /pages/\nremote /media/\n");
    fixture.mkdir("pages");
    fixture.mkdir("media");
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void twoNamesOfAFileAreOneNode() throws Exception {
    fixture.write("one", "text");

    assertThat(fixture.link("one", "two").node()).isEqualTo(fixture.node("one"));
    assertThat(fixture.node("two")).isEqualTo(fixture.node("one"));
    assertThat(fixture.stat("two").links()).isEqualTo(2);

    fixture.unlink("one");
    assertThat(fixture.read("two")).isEqualTo("text");
    assertThat(fixture.stat("two").links()).isEqualTo(1);
  }

  @Test
  void aLinkAcrossBindingsIsRefused() throws Exception {
    fixture.write("one", "text");

    assertErrno(Errno.EXDEV, () -> fixture.link("one", "media/one"));
    assertErrno(Errno.EXDEV, () -> fixture.link("one", "pages/one"));
  }

  @Test
  void anInodeNumberThatIsUsedAgainIsAnotherNode() throws Exception {
    fixture.write("one", "1");
    long one = fixture.node("one");
    fixture.unlink("one");

    for (int i = 0; i < 50; i++) {
      fixture.write("two", "2");
      assertThat(fixture.node("two")).isNotEqualTo(one);
      one = fixture.node("two");
      fixture.unlink("two");
    }
  }

  @Test
  void anUnlinkedFileLivesAsLongAsItIsReferredTo() throws Exception {
    Created created = fixture.create("one", Posix.O_RDWR);
    long node = created.entry().node();
    long handle = created.file().handle();
    fixture.write(node, handle, "text");

    fixture.unlink("one");

    assertThat(fixture.tree.getattr(TreeFixture.CALLER, node, 0).stat().links()).isZero();
    assertThat(fixture.read(node, handle)).isEqualTo("text");
    OpenFile again = fixture.tree.open(TreeFixture.CALLER, node, Posix.O_RDONLY);
    assertThat(fixture.read(node, again.handle())).isEqualTo("text");
    fixture.close(node, handle);
    fixture.close(node, again.handle());
    assertThat(fixture.tree.getattr(TreeFixture.CALLER, node, 0).stat().size()).isEqualTo(4);
    fixture.tree.forget(node, Integer.MAX_VALUE);
    assertErrno(Errno.ESTALE, () -> fixture.tree.getattr(TreeFixture.CALLER, node, 0));
  }

  @Test
  void aForgottenNodeIsGone() throws Exception {
    fixture.write("one", "1");
    long node = fixture.lookup("one").node();

    fixture.tree.forget(node, 1);
    fixture.tree.getattr(TreeFixture.CALLER, node, 0);
    fixture.tree.forget(node, 100);

    assertErrno(Errno.ESTALE, () -> fixture.tree.getattr(TreeFixture.CALLER, node, 0));
    assertThat(fixture.node("one")).isNotEqualTo(node);
  }

  @Test
  void aRemovedDirectoryHasNoEntries() throws Exception {
    fixture.mkdir("gone");
    long node = fixture.node("gone");
    fixture.rmdir("gone");

    assertErrno(Errno.ENOENT, () -> fixture.tree.mkdir(TreeFixture.CALLER, node, "x", 0755, 0));
    assertErrno(Errno.ENOENT, () -> fixture.tree.lookup(TreeFixture.CALLER, node, "x"));
  }

  @Test
  void nothingIsKeptOfWhatTheKernelForgot() throws Exception {
    fixture.mkdir("a");
    fixture.mkdir("a/b");
    fixture.write("a/b/one", "1");
    fixture.link("a/b/one", "two");
    long[] nodes = {fixture.node("a"), fixture.node("a/b"), fixture.node("a/b/one")};
    fixture.tree.forget(fixture.node("pages"), 100);
    fixture.tree.forget(fixture.node("media"), 100);

    // The directories first, as the kernel does when a file is still known by its other name.
    for (long node : nodes) {
      fixture.tree.forget(node, 100);
    }

    assertThat(fixture.tree.nodes()).isEqualTo(1);
    assertThat(fixture.read("a/b/one")).isEqualTo("1");
  }

  @Test
  void aFileStaysKnownByItsDirectoryAsLongAsItIs() throws Exception {
    fixture.mkdir("a");
    fixture.write("a/one", "1");
    long file = fixture.node("a/one");
    fixture.tree.forget(fixture.node("a"), 100);

    fixture.rename("a", "moved");

    assertThat(fixture.tree.getattr(TreeFixture.CALLER, file, 0).stat().size()).isEqualTo(1);
    assertThat(fixture.node("moved/one")).isEqualTo(file);
  }
}
