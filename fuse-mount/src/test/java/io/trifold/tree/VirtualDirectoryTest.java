package io.trifold.tree;

import static io.trifold.tree.TreeFixture.CALLER;
import static io.trifold.tree.TreeFixture.assertErrno;
import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.fuse.Caller;
import io.trifold.fuse.KernelCache;
import io.trifold.fuse.LockOwner;
import io.trifold.fuse.OpenFile;
import io.trifold.posix.Errno;
import io.trifold.posix.Posix;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import jnr.ffi.Pointer;
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
    assertThat(fixture.list(".trifold")).containsOnlyKeys("status", "control", "wait");
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
  void itHasDirectoriesAndNamesThatAreNotListed() throws Exception {
    assertThat(fixture.list(".trifold/control")).containsOnlyKeys("take");
    assertThat(fixture.list(".trifold/wait")).isEmpty();
    assertThat(fixture.exists(".trifold/wait/1")).isTrue();
    assertThat(fixture.exists(".trifold/wait/none")).isFalse();
    assertErrno(Errno.ENOTDIR, () -> fixture.node(".trifold/status/x"));
    long wait = fixture.node(".trifold/wait");
    assertErrno(Errno.EISDIR, () -> fixture.tree.open(CALLER, wait, Posix.O_RDONLY));
    TreeFixture.Listing listing = new TreeFixture.Listing(2);
    fixture.tree.readdir(CALLER, wait, 0, listing);
    assertThat(listing.items.get(1).inode()).isEqualTo(fixture.stat(".trifold").inode());
  }

  @Test
  void namesThatAreNotListedAreForgotten() throws Exception {
    long one = fixture.node(".trifold/wait/1");
    assertThat(fixture.node(".trifold/wait/1")).isEqualTo(one);
    fixture.tree.forget(one, 1);
    assertThat(fixture.tree.getattr(CALLER, one, 0).stat().isRegular()).isTrue();
    fixture.tree.forget(one, 1);
    assertErrno(Errno.ESTALE, () -> fixture.tree.getattr(CALLER, one, 0));
    assertThat(fixture.node(".trifold/wait/1")).isNotEqualTo(one);

    long status = fixture.node(".trifold/status");
    fixture.tree.forget(status, 1);
    assertThat(fixture.node(".trifold/status")).isEqualTo(status);
  }

  @Test
  void theKernelIsAskedToForgetWhatIsTooMuch() throws Exception {
    List<String> asked = Collections.synchronizedList(new ArrayList<>());
    fixture.tree.attach(
        new KernelCache() {
          @Override
          public void invalidateEntry(long parent, String name) {
            asked.add(name);
          }

          @Override
          public void invalidateNode(long node) {}
        });
    for (int i = 0; i < VirtualPlaces.UNLISTED + 2; i++) {
      fixture.node(".trifold/wait/" + i);
    }
    for (int i = 0; i < 1000 && asked.size() < 2; i++) {
      Thread.sleep(10);
    }
    assertThat(asked).containsExactly("0", "1");
  }

  @Test
  void aControlFileTakesWhatItsWriterWroteWhenTheWriterClosesIt() throws Exception {
    String path = ".trifold/control/take";
    long node = fixture.node(path);
    assertThat(fixture.stat(path).permissions()).isEqualTo(0620);
    assertThat(fixture.stat(path).uid()).isEqualTo(7);
    assertThat(fixture.stat(path).gid()).isEqualTo(8);
    assertThat(fixture.tree.mayWait(node)).isTrue();
    assertThat(fixture.read(path)).isEqualTo("write here\n");

    long handle = fixture.tree.open(CALLER, node, Posix.O_WRONLY | Posix.O_TRUNC).handle();
    // A shell's redirection: another descriptor is closed before anything is written.
    fixture.tree.flush(CALLER, node, handle, new LockOwner(1));
    fixture.write(node, handle, "first ");
    fixture.write(node, handle, "half");
    fixture.tree.flush(new Caller(0, 0, 99), node, handle, new LockOwner(2));
    assertThat(fixture.virtual.taken).as("a child's close is not the writer's").isEmpty();
    fixture.tree.flush(CALLER, node, handle, new LockOwner(1));
    assertThat(fixture.virtual.taken.poll()).isEqualTo("first half");

    fixture.write(node, handle, "bad");
    assertErrno(Errno.EINVAL, () -> fixture.tree.flush(CALLER, node, handle, new LockOwner(1)));
    fixture.write(node, handle, "rest");
    fixture.tree.release(node, handle);
    assertThat(fixture.virtual.taken).containsExactly("rest");
  }

  @Test
  void aControlFileTakesNoMoreThanItCanHold() throws Exception {
    long node = fixture.node(".trifold/control/take");
    long handle = fixture.tree.open(CALLER, node, Posix.O_WRONLY).handle();
    Pointer memory = Posix.allocate(1 << 20);
    assertThat(fixture.tree.write(CALLER, node, handle, 0, memory, 1 << 20)).isEqualTo(1 << 20);
    assertErrno(Errno.EFBIG, () -> fixture.write(node, handle, "x"));
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
