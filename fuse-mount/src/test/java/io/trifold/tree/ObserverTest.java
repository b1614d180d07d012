package io.trifold.tree;

import static io.trifold.tree.TreeFixture.CALLER;
import static io.trifold.tree.TreeFixture.assertErrno;
import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.fuse.Created;
import io.trifold.fuse.LockOwner;
import io.trifold.fuse.OpenFile;
import io.trifold.posix.Errno;
import io.trifold.posix.Posix;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the observer is told, and what it can refuse. */
class ObserverTest {
  @TempDir Path directory;
  private TreeFixture fixture;

  @BeforeEach
  void open() throws Exception {
    fixture = new TreeFixture(directory, "propagated /pages/\nlocal /pages/cache/\n");
    fixture.mkdir("pages");
    fixture.mkdir("pages/cache");
    fixture.events.take();
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void hearsOfEachKindOfChange() throws Exception {
    fixture.mkdir("pages/d");
    fixture.symlink("x", "pages/l");
    fixture.tree.mknod(CALLER, fixture.node("pages"), "f", 0x8000 | 0644, 0, 0);
    fixture.link("pages/f", "pages/g");
    fixture.chmod("pages/f", 0600);
    fixture.tree.setxattr(
        CALLER, fixture.node("pages/d"), "user.x", "y".getBytes(StandardCharsets.UTF_8), 0);
    fixture.unlink("pages/l");
    fixture.rmdir("pages/d");

    assertThat(fixture.events.take().stream().filter(e -> e.startsWith("changed")))
        .containsExactly(
            "changed pages/d",
            "changed pages/l",
            "changed pages/f",
            "changed pages/f",
            "changed pages/g",
            "changed pages/f",
            "changed pages/g",
            "changed pages/d",
            "changed pages/l",
            "changed pages/d");
  }

  @Test
  void hearsNothingOfOtherBindings() throws Exception {
    fixture.write("index.php", "x");
    fixture.write("pages/cache/x", "x");
    fixture.chmod("pages/cache/x", 0600);
    fixture.unlink("pages/cache/x");

    assertThat(fixture.events.take()).isEmpty();
  }

  @Test
  void hearsOfWhatTheKernelWroteItself() throws Exception {
    Path page = fixture.application.resolve("pages/start");
    Files.writeString(page, "old");
    Files.setLastModifiedTime(page, FileTime.from(Instant.parse("2020-01-01T00:00:00Z")));
    long node = fixture.node("pages/start");
    OpenFile open = fixture.tree.open(CALLER, node, Posix.O_WRONLY);
    fixture.events.take();

    Files.writeString(page, "new content", StandardOpenOption.TRUNCATE_EXISTING);
    fixture.tree.flush(CALLER, node, open.handle(), new LockOwner(1));
    assertThat(fixture.events.take()).containsExactly("changed pages/start");

    Files.writeString(page, "through a mapping, after the close");
    fixture.tree.release(node, open.handle());
    assertThat(fixture.events.take()).containsExactly("changed pages/start");
  }

  @Test
  void hearsNothingOfAnOpenThatWroteNothing() throws Exception {
    Files.writeString(fixture.application.resolve("pages/start"), "old");
    long node = fixture.node("pages/start");
    // Until the clock that stamps files has moved on, a write may leave no trace.
    awaitSettled(fixture.application.resolve("pages/start"));
    OpenFile open = fixture.tree.open(CALLER, node, Posix.O_RDWR);
    fixture.events.take();

    fixture.close(node, open.handle());

    assertThat(fixture.events.take()).isEmpty();
  }

  private static void awaitSettled(Path file) throws Exception {
    long changed = ((FileTime) Files.getAttribute(file, "unix:ctime")).toMillis();
    while (System.currentTimeMillis() - changed < 100) {
      Thread.onSpinWait();
    }
  }

  @Test
  void isAskedToPersistAfterItWasToldOfTheChange() throws Exception {
    long node = fixture.create("pages/start", Posix.O_WRONLY).entry().node();
    OpenFile open = fixture.tree.open(CALLER, node, Posix.O_WRONLY);
    fixture.events.take();
    fixture.write(node, open.handle(), "text");

    fixture.tree.fsync(CALLER, node, open.handle(), false);

    assertThat(fixture.events.take())
        .isEqualTo(List.of("changed pages/start", "persist pages/start"));
  }

  @Test
  void canRefuseEachKindOfChange() throws Exception {
    fixture.write("pages/f", "text");
    fixture.write("other", "text");
    fixture.events.refused = "pages/f";

    assertErrno(Errno.EROFS, () -> fixture.unlink("pages/f"));
    assertErrno(Errno.EROFS, () -> fixture.chmod("pages/f", 0));
    assertErrno(Errno.EROFS, () -> fixture.rename("pages/f", "other"));
    assertErrno(Errno.EROFS, () -> fixture.rename("other", "pages/f"));
    assertErrno(
        Errno.EROFS, () -> fixture.tree.open(CALLER, fixture.node("pages/f"), Posix.O_WRONLY));
    assertThat(fixture.read("pages/f")).isEqualTo("text");

    fixture.events.refused = "pages/new";
    assertErrno(Errno.EROFS, () -> fixture.create("pages/new", Posix.O_WRONLY));
    assertErrno(Errno.EROFS, () -> fixture.mkdir("pages/new"));
    assertThat(fixture.application.resolve("pages/new")).doesNotExist();
  }

  @Test
  void aFileIsOpenForWritingUntilItsLastChangeWasTold() throws Exception {
    assertThat(fixture.tree.openForWriting("pages/start")).isFalse();
    var created = fixture.create("pages/start", Posix.O_WRONLY);
    long node = created.entry().node();
    fixture.write(node, created.file().handle(), "text");
    OpenFile reader = fixture.tree.open(CALLER, node, Posix.O_RDONLY);

    assertThat(fixture.tree.openForWriting("pages/start")).isTrue();
    fixture.events.take();
    fixture.tree.release(node, created.file().handle());

    assertThat(fixture.events.take()).containsExactly("changed pages/start");
    assertThat(fixture.tree.openForWriting("pages/start")).isFalse();
    fixture.tree.release(node, reader.handle());
  }

  @Test
  void hearsOfWhatWasStillOpenWhenTheTreeWasClosed() throws Exception {
    var created = fixture.create("pages/start", Posix.O_WRONLY);
    fixture.write(created.entry().node(), created.file().handle(), "text");
    fixture.events.take();

    fixture.tree.close();

    assertThat(fixture.events.take()).containsExactly("changed pages/start");
  }

  @Test
  void whoClosesOrSyncsAFileWhoseRuleSaysSoWaitsForIt() throws Exception {
    try (TreeFixture synced =
        new TreeFixture(
            directory.resolve("synced"), "propagated /pages/\npropagated *.conf sync=queued\n")) {
      synced.mkdir("pages");
      long plain = synced.create("pages/plain", Posix.O_WRONLY).entry().node();
      Created conf = synced.create("pages/a.conf", Posix.O_WRONLY);
      long node = conf.entry().node();
      long handle = conf.file().handle();
      assertThat(synced.tree.mayWait(plain)).isFalse();
      assertThat(synced.tree.mayWait(node)).isTrue();
      synced.events.take();

      synced.tree.flush(CALLER, node, handle, new LockOwner(1));
      assertThat(synced.events.take())
          .as("nothing is written yet")
          .noneMatch(event -> event.startsWith("settle"));
      synced.write(node, handle, "text");
      synced.tree.flush(CALLER, node, handle, new LockOwner(1));
      assertThat(synced.events.take())
          .containsExactly("changed pages/a.conf", "settle pages/a.conf QUEUED");
      synced.events.unsettled = "pages/a.conf";
      assertErrno(Errno.ETIMEDOUT, () -> synced.tree.fsync(CALLER, node, handle, false));
      assertErrno(Errno.ETIMEDOUT, () -> synced.tree.flush(CALLER, node, handle, new LockOwner(1)));
      synced.tree.release(node, handle);
      synced.events.take();

      synced.read("pages/a.conf");
      assertThat(synced.events.take()).isEmpty();
    }
  }
}
