package io.trifold.tree;

import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.fuse.OpenFile;
import io.trifold.posix.BackingRoot;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import io.trifold.rules.RuleSet;
import io.trifold.rules.Side;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The kernel finds the file of a name, a log is rotated, and then the request to open that file
 * comes.
 */
class FormerLogsTest {
  @TempDir Path directory;
  private TreeFixture fixture;
  private long log;

  @BeforeEach
  void open() throws Exception {
    fixture = new TreeFixture(directory, "log *.log\nremote /old/\n");
    fixture.mkdir("old");
    fixture.write("shop.log", "line\n");
    log = fixture.node("shop.log");
    fixture.openedLogs.clear();
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  private void opensAsALog() throws ErrnoException {
    int flags = Posix.O_WRONLY | Posix.O_APPEND;
    OpenFile file = fixture.tree.open(TreeFixture.CALLER, log, flags);
    fixture.tree.release(log, file.handle());
    assertThat(fixture.openedLogs).containsExactly("shop.log");
    assertThat(file.caching()).isEqualTo(OpenFile.Caching.NONE);
  }

  @Test
  void whoOpensItWhileItIsMovedWritesIntoALog() throws Exception {
    fixture.rename("shop.log", "shop.log.1");
    opensAsALog();
  }

  @Test
  void whoOpensItWhileItIsReplacedWritesIntoALog() throws Exception {
    fixture.write("new", "");
    fixture.rename("new", "shop.log");
    opensAsALog();
  }

  @Test
  void whoOpensItWhileItIsExchangedWritesIntoALog() throws Exception {
    fixture.write("new", "");
    fixture.rename("new", "shop.log", BackingRoot.RENAME_EXCHANGE);
    opensAsALog();
  }

  @Test
  void whoOpensItWhileItIsRemovedWritesIntoALog() throws Exception {
    fixture.unlink("shop.log");
    opensAsALog();
  }

  @Test
  void whatNeverWasALogIsNone() throws Exception {
    fixture.write("plain", "");
    fixture.rename("shop.log", "shop.log.1");
    fixture.rename("plain", "other");

    long other = fixture.node("other");
    OpenFile file = fixture.tree.open(TreeFixture.CALLER, other, Posix.O_WRONLY | Posix.O_APPEND);
    fixture.tree.release(other, file.handle());
    assertThat(fixture.openedLogs).isEmpty();
  }

  @Test
  void whoDoesNotAppendHasAFileLikeOthers() throws Exception {
    fixture.rename("shop.log", "shop.log.1");

    OpenFile file = fixture.tree.open(TreeFixture.CALLER, log, Posix.O_WRONLY);
    fixture.tree.release(log, file.handle());
    assertThat(fixture.openedLogs).isEmpty();
    assertThat(file.caching()).isEqualTo(OpenFile.Caching.WHILE_OPEN);
  }

  @Test
  void aMomentLaterItIsAFileLikeOthers() throws Exception {
    AtomicLong nanos = new AtomicLong(5);
    FormerLogs logs = new FormerLogs(nanos::get);
    DirectoryNode root = DirectoryNode.root(1, 1, RuleSet.parse("test.rules", "log *.log").root());
    FileNode file = new FileNode(2, 2, Side.APPLICATION, fixture.stat("shop.log"));
    logs.loses(file.identity(), new Link(root, "shop.log"));

    nanos.addAndGet(FormerLogs.GRACE.toNanos());
    assertThat(logs.of(file).path()).isEqualTo("shop.log");
    nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(1));
    assertThat(logs.of(file)).isNull();
  }
}
