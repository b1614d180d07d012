package io.trifold.tree;

import static io.trifold.tree.TreeFixture.CALLER;
import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.fuse.LockOwner;
import io.trifold.fuse.OpenFile;
import io.trifold.posix.Posix;
import io.trifold.posix.RecordLock;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who closes a descriptor waits for the daemon only where that matters. */
class FlushedTest {
  @TempDir Path directory;
  private TreeFixture fixture;

  @BeforeEach
  void open() throws Exception {
    fixture = new TreeFixture(directory, "propagated /pages/\nremote /media/\n");
    for (String path : new String[] {"code", "pages", "media"}) {
      fixture.mkdir(path);
      fixture.write(path + "/file", "text");
    }
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  private boolean isFlushed(String path, int flags) throws Exception {
    long node = fixture.node(path);
    OpenFile file = fixture.tree.open(CALLER, node, flags);
    fixture.tree.release(node, file.handle());
    return file.flushed();
  }

  @Test
  void aLocalFileThatIsOnlyWrittenIsNot() throws Exception {
    assertThat(isFlushed("code/file", Posix.O_WRONLY)).isFalse();
    assertThat(isFlushed("code/file", Posix.O_WRONLY | Posix.O_TRUNC)).isFalse();
    assertThat(fixture.create("code/new", Posix.O_WRONLY).file().flushed()).isFalse();
    assertThat(isFlushed("code/file", Posix.O_RDWR)).isTrue();
  }

  @Test
  void whatIsOnlyReadIsNot() throws Exception {
    for (String path : new String[] {"code/file", "pages/file", "media/file"}) {
      assertThat(isFlushed(path, Posix.O_RDONLY)).as(path).isFalse();
    }
  }

  @Test
  void whatIsWrittenElsewhereIs() throws Exception {
    for (String path : new String[] {"pages/file", "media/file"}) {
      assertThat(isFlushed(path, Posix.O_WRONLY)).as(path).isTrue();
      assertThat(isFlushed(path, Posix.O_WRONLY | Posix.O_APPEND)).as(path).isTrue();
    }
    assertThat(fixture.create("pages/new", Posix.O_WRONLY).file().flushed()).isTrue();
  }

  /** It may get a name anywhere. */
  @Test
  void whatHasNoNameIs() throws Exception {
    long code = fixture.node("code");
    OpenFile nameless = fixture.tree.tmpfile(CALLER, code, 0600, 0, Posix.O_WRONLY).file();
    assertThat(nameless.flushed()).isTrue();
  }

  @Test
  void whatIsLockedIs() throws Exception {
    long node = fixture.node("code/file");
    long holder = fixture.tree.open(CALLER, node, Posix.O_RDWR).handle();
    RecordLock lock = new RecordLock(RecordLock.WRITE, 0, 99, 1);
    assertThat(fixture.tree.setlk(node, holder, new LockOwner(1), lock)).isTrue();
    assertThat(isFlushed("code/file", Posix.O_WRONLY)).isTrue();
    assertThat(isFlushed("code/file", Posix.O_RDONLY)).isTrue();
  }
}
