package io.trifold.tree;

import static io.trifold.tree.TreeFixture.CALLER;
import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.fuse.LockOwner;
import io.trifold.posix.Posix;
import io.trifold.posix.RecordLock;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocksTest {
  private static final LockOwner ONE = new LockOwner(1);
  private static final LockOwner TWO = new LockOwner(2);
  private static final RecordLock WRITE = new RecordLock(RecordLock.WRITE, 0, Long.MAX_VALUE, 1);
  private static final RecordLock READ = new RecordLock(RecordLock.READ, 0, 99, 1);
  private static final RecordLock UNLOCK = new RecordLock(RecordLock.UNLOCK, 0, Long.MAX_VALUE, 1);

  @TempDir Path directory;
  private TreeFixture fixture;
  private long node;
  private long first;
  private long second;

  @BeforeEach
  void open() throws Exception {
    fixture = new TreeFixture(directory, "remote /media/\n");
    fixture.mkdir("media");
    fixture.write("media/file", "text");
    node = fixture.node("media/file");
    first = fixture.tree.open(CALLER, node, Posix.O_RDWR).handle();
    second = fixture.tree.open(CALLER, node, Posix.O_RDONLY).handle();
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void onePosixLockExcludesAnotherOwnersAndNotItsOwn() throws Exception {
    assertThat(fixture.tree.setlk(node, first, ONE, WRITE)).isTrue();

    assertThat(fixture.tree.setlk(node, second, ONE, READ)).isTrue();
    assertThat(fixture.tree.setlk(node, second, ONE, WRITE)).isTrue();
    assertThat(fixture.tree.setlk(node, second, TWO, READ)).isFalse();
    assertThat(fixture.tree.getlk(node, second, TWO, READ).type()).isEqualTo(RecordLock.WRITE);

    assertThat(fixture.tree.setlk(node, first, ONE, UNLOCK)).isTrue();
    assertThat(fixture.tree.getlk(node, second, TWO, READ).type()).isEqualTo(RecordLock.UNLOCK);
    assertThat(fixture.tree.setlk(node, second, TWO, READ)).isTrue();
  }

  @Test
  void anOwnersLocksEndWhenItClosesTheFile() throws Exception {
    assertThat(fixture.tree.setlk(node, first, ONE, WRITE)).isTrue();

    fixture.tree.flush(CALLER, node, second, TWO);
    assertThat(fixture.tree.setlk(node, second, TWO, WRITE)).isFalse();

    fixture.tree.flush(CALLER, node, first, ONE);
    assertThat(fixture.tree.setlk(node, second, TWO, WRITE)).isTrue();
  }

  @Test
  void locksEndWithTheLastHandle() throws Exception {
    assertThat(fixture.tree.setlk(node, first, ONE, WRITE)).isTrue();
    fixture.tree.release(node, first);
    fixture.tree.release(node, second);

    long third = fixture.tree.open(CALLER, node, Posix.O_RDWR).handle();
    assertThat(fixture.tree.setlk(node, third, TWO, WRITE)).isTrue();
  }

  /** Of a local file that is only written, the kernel says nothing when a descriptor is closed. */
  @Test
  void anOwnersLocksEndWithAnyOfItsHandlesThatIsClosedWithoutAWord() throws Exception {
    fixture.write("file", "text");
    long local = fixture.node("file");
    long one = fixture.tree.open(CALLER, local, Posix.O_WRONLY).handle();
    long another = fixture.tree.open(CALLER, local, Posix.O_WRONLY).handle();
    assertThat(fixture.tree.setlk(local, one, ONE, WRITE)).isTrue();
    assertThat(fixture.tree.setlk(local, another, TWO, WRITE)).isFalse();

    fixture.tree.release(local, another);
    assertThat(fixture.tree.setlk(local, one, TWO, WRITE)).isTrue();
  }

  @Test
  void locksReachTheFileOnTheStorage() throws Exception {
    assertThat(fixture.tree.setlk(node, first, ONE, WRITE)).isTrue();

    try (FileChannel other =
        FileChannel.open(fixture.shared.resolve("media/file"), StandardOpenOption.WRITE)) {
      assertThat(other.tryLock()).isNull();
      fixture.tree.setlk(node, first, ONE, UNLOCK);
      try (FileLock lock = other.tryLock()) {
        assertThat(lock).isNotNull();
      }
    }
  }

  @Test
  void flockIsBetweenOpens() throws Exception {
    assertThat(fixture.tree.flock(node, first, Posix.LOCK_EX)).isTrue();

    assertThat(fixture.tree.flock(node, second, Posix.LOCK_SH)).isFalse();
    assertThat(fixture.tree.flock(node, first, Posix.LOCK_UN)).isTrue();
    assertThat(fixture.tree.flock(node, second, Posix.LOCK_SH)).isTrue();
  }
}
