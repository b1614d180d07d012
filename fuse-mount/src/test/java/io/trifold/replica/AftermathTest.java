package io.trifold.replica;

import static io.trifold.replica.Host.assertSame;
import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.queue.Change;
import io.trifold.queue.Digest;
import io.trifold.queue.Metadata;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a host makes of its disk after the machine went down. */
class AftermathTest {
  @TempDir Path directory;
  private final AtomicInteger commits = new AtomicInteger(Integer.MAX_VALUE);
  private final MemoryFarm farm = new MemoryFarm();
  private Host one;
  private Host two;

  @BeforeEach
  void start() throws Exception {
    one = new Host("one", directory, farm.source());
    one.journals = journal -> new CrashingJournal(journal, commits);
    one.start();
    two = new Host("two", directory, farm.source());
    two.journals = one.journals;
    two.start();
    one.write("page", "older");
    assertSame(one, two);
    one.write("page", "newer");
    one.write("image", new byte[] {1, 2, 3});
    one.mkdir("d");
    one.write("d/gone", "x");
    one.symlink("link", "old-target");
    assertSame(one, two);
    one.delete("d/gone");
    one.delete("link");
    one.symlink("link", "target");
    assertSame(one, two);
  }

  @AfterEach
  void stop() {
    farm.faults = MemoryFarm.Faults.NONE;
    commits.set(Integer.MAX_VALUE);
    one.close();
    two.close();
  }

  private interface Loss {
    void on(Path root) throws Exception;
  }

  /** The process has no time to say a word; then the disk is like this. */
  private void loseTheLast(Loss loss) throws Exception {
    commits.set(0);
    one.close();
    commits.set(Integer.MAX_VALUE);
    loss.on(one.root);
  }

  private void comesBackAfterCrash(Loss loss) throws Exception {
    loseTheLast(loss);
    // Whatever is on the disk now was there before the machine was started again.
    one.boot = new Boot("second", Instant.now().plusSeconds(3600));
    one.start();
    assertSame(one, two);
    assertThat(two.read("page")).isEqualTo("newer");
    assertThat(two.root.resolve("image")).hasBinaryContent(new byte[] {1, 2, 3});
    assertThat(two.has("d/gone")).isFalse();
    assertThat(Files.readSymbolicLink(two.root.resolve("link"))).hasToString("target");
  }

  @Test
  void aFileThatIsEmptyIsBroughtBack() throws Exception {
    comesBackAfterCrash(root -> Files.write(root.resolve("page"), new byte[0]));
  }

  @Test
  void aFileThatEndsInZerosIsBroughtBackAndKept() throws Exception {
    comesBackAfterCrash(root -> Files.write(root.resolve("image"), new byte[8192]));
    try (var kept = Files.walk(one.state.resolve("displaced"))) {
      assertThat(kept.filter(Files::isRegularFile)).hasSize(1);
    }
  }

  @Test
  void aFileThatIsAsItWasBeforeIsBroughtBack() throws Exception {
    comesBackAfterCrash(root -> Files.writeString(root.resolve("page"), "older"));
  }

  @Test
  void aFileThatLacksTheLastWriteWithinATickIsBroughtBackAndKept() throws Exception {
    // Longer than a tick behind its last write it is looked at again: its times prove something.
    Thread.sleep(50);
    one.change("page", file -> {});
    assertSame(one, two);
    Object inode = inode("page");
    loseTheLast(root -> {});
    one.disks =
        disk ->
            new MeddledDisk(disk, () -> {}) {
              @Override
              byte meddle(String path, byte read) {
                return path.equals("page") && inode.equals(inode("page")) ? (byte) 'x' : read;
              }
            };
    one.boot = new Boot("second", Instant.now().plusSeconds(3600));
    one.start();
    assertSame(one, two);
    assertThat(two.read("page")).isEqualTo("newer");
    assertThat(inode("page")).isNotEqualTo(inode);
    try (var kept = Files.walk(one.state.resolve("displaced"))) {
      assertThat(kept.filter(Files::isRegularFile)).hasSize(1);
    }
  }

  private Object inode(String path) {
    try {
      return Files.getAttribute(one.root.resolve(path), "unix:ino");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void whatIsMissingIsBroughtBack() throws Exception {
    comesBackAfterCrash(
        root -> {
          Files.delete(root.resolve("page"));
          Files.delete(root.resolve("link"));
        });
  }

  @Test
  void whatWasDeletedStaysDeleted() throws Exception {
    comesBackAfterCrash(root -> Files.writeString(root.resolve("d/gone"), "x"));
  }

  @Test
  void whatIsThereAgainThoughItsDeleteGaveWayIsNoEdit() throws Exception {
    CompletableFuture<Void> over = new CompletableFuture<Void>().orTimeout(1, TimeUnit.MINUTES);
    farm.faults =
        (host, operation, after) -> {
          if (host.equals("one") && operation.equals("read")) {
            over.join();
            throw MemoryFarm.unreachable();
          }
        };
    long head = farm.head();
    two.write("page", "theirs");
    Host.eventually("the log has it", () -> farm.head() > head);
    one.delete("page");
    Host.eventually("it gave way", () -> one.status().conflicts() > 0);
    over.complete(null);
    loseTheLast(root -> Files.writeString(root.resolve("page"), "newer"));
    farm.faults = MemoryFarm.Faults.NONE;
    one.boot = new Boot("second", Instant.now().plusSeconds(3600));
    one.start();
    assertSame(one, two);
    assertThat(two.read("page")).isEqualTo("theirs");
  }

  @Test
  void aLinkThatIsAsItWasBeforeIsBroughtBack() throws Exception {
    comesBackAfterCrash(
        root -> {
          Files.delete(root.resolve("link"));
          Files.createSymbolicLink(root.resolve("link"), Path.of("old-target"));
        });
  }

  @Test
  void whatLooksLikeAChangeIsOne() throws Exception {
    loseTheLast(root -> Files.writeString(root.resolve("page"), "by a program at the last moment"));
    one.boot = new Boot("second", Instant.now().plusSeconds(3600));
    one.start();
    assertSame(one, two);
    assertThat(two.read("page")).isEqualTo("by a program at the last moment");
  }

  @Test
  void whatWasDoneSinceTheMachineRunsAgainIsAChange() throws Exception {
    one.boot = new Boot("second", Instant.now().minusSeconds(3600));
    loseTheLast(root -> Files.write(root.resolve("page"), new byte[0]));
    one.start();
    assertSame(one, two);
    assertThat(two.read("page")).isEmpty();
  }

  @Test
  void whatWasDoneAfterAnOrderlyEndIsAChange() throws Exception {
    one.close();
    Files.writeString(one.root.resolve("page"), "older");
    Files.delete(one.root.resolve("image"));
    one.boot = new Boot("second", Instant.now().plusSeconds(3600));
    one.start();
    assertSame(one, two);
    assertThat(two.read("page")).isEqualTo("older");
    assertThat(two.has("image")).isFalse();
  }

  @Test
  void whatWasDoneAfterAKillIsAChange() throws Exception {
    loseTheLast(root -> Files.writeString(root.resolve("page"), "older"));
    one.start();
    assertSame(one, two);
    assertThat(two.read("page")).isEqualTo("older");
  }

  @Test
  void whatIsMissingOfATreeThatIsMovedAtOnceIsBroughtBackWhereItWas() throws Exception {
    one.write("d/kept", "k");
    one.write("d/lost", "l");
    one.write("d/deleted", "x");
    assertSame(one, two);
    loseTheLast(root -> Files.delete(root.resolve("d/lost")));
    one.boot = new Boot("second", Instant.now().plusSeconds(3600));
    farm.faults =
        (host, operation, after) -> {
          if (host.equals("one")) {
            throw MemoryFarm.unreachable();
          }
        };
    one.start();
    one.rename("d", "e");
    one.delete("e/deleted");
    farm.faults = MemoryFarm.Faults.NONE;
    assertSame(one, two);
    assertThat(two.read("e/kept")).isEqualTo("k");
    assertThat(two.read("d/lost")).isEqualTo("l");
    assertThat(two.has("d/kept")).isFalse();
    assertThat(two.has("d/deleted")).isFalse();
    assertThat(two.has("e/deleted")).isFalse();
  }

  @Test
  void aDirectoryHoldsItsNameForWhatNoDiskHasAnyMore() throws Exception {
    one.write("d/kept", "x");
    assertSame(one, two);
    commits.set(0);
    one.close();
    two.close();
    commits.set(Integer.MAX_VALUE);
    byte[] content = {1};
    farm.inject(
        "three",
        UUID.randomUUID(),
        new Change.PutFile(
            "d",
            new Metadata(0644, "root", "root", 0, 0),
            content.length,
            Digest.sha256(content),
            new Change.Content.Inline(content)));
    for (Host host : List.of(one, two)) {
      Files.delete(host.root.resolve("d/kept"));
      Files.delete(host.root.resolve("d"));
      host.boot = new Boot("second", Instant.now().plusSeconds(3600));
      host.start();
    }
    assertSame(one, two);
    assertThat(two.read("d/kept")).isEqualTo("x");
  }
}
