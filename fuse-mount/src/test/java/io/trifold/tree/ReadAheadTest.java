package io.trifold.tree;

import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.rules.RuleSet;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadAheadTest {
  private static final int DIRECTORIES = 100;

  @TempDir Path directory;
  private final BlockingQueue<String> read = new LinkedBlockingQueue<>();
  private long number = 1;

  private DirectoryNode root;

  @BeforeEach
  void root() throws Exception {
    root = DirectoryNode.root(number, number, RuleSet.parse("test.rules", "local *\n").root());
  }

  private void begin(ReadAhead readAhead) {
    readAhead.entered(root);
    readAhead.listed(root, IntStream.range(0, DIRECTORIES).mapToObj(i -> "d" + i).toList());
    walk(readAhead, 0, 2);
  }

  private void walk(ReadAhead readAhead, int from, int end) {
    for (int i = from; i < end; i++) {
      DirectoryNode next = DirectoryNode.at(new Link(root, "d" + i), ++number, number);
      readAhead.entered(next);
      readAhead.listed(next, List.of());
    }
  }

  private boolean noted(Link link, boolean inMemory) {
    read.add(link.name());
    return inMemory;
  }

  private String next() throws InterruptedException {
    return read.poll(10, TimeUnit.SECONDS);
  }

  @Test
  void itIsThereBeforeTheWalk() throws Exception {
    try (ReadAhead readAhead = new ReadAhead(link -> noted(link, false))) {
      begin(readAhead);
      for (int i = 2; i < 2 + WalkCourse.AHEAD; i++) {
        assertThat(next()).isEqualTo("d" + i);
      }
    }
    assertThat(read).isEmpty();
  }

  @Test
  void whatIsInMemoryIsLetAlone() throws Exception {
    try (ReadAhead readAhead = new ReadAhead(link -> noted(link, true))) {
      begin(readAhead);
      for (int i = 0; i < ReadAhead.IN_MEMORY; i++) {
        assertThat(next()).isEqualTo("d" + (i + 2));
      }
    }
    assertThat(read).isEmpty();
  }

  @Test
  void nobodyWaitsForTheDisk() throws Exception {
    CountDownLatch hangs = new CountDownLatch(1);
    try (ReadAhead readAhead =
        new ReadAhead(
            link -> {
              read.add(link.name());
              try {
                hangs.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              return false;
            })) {
      begin(readAhead);
      assertThat(next()).isEqualTo("d2");
      walk(readAhead, 2, DIRECTORIES);
    } finally {
      hangs.countDown();
    }
  }

  @Test
  void aWalkThroughATreeFindsAllAndLeavesNoTrace() throws Exception {
    FileTime longAgo = FileTime.from(Instant.parse("2001-02-03T04:05:06Z"));
    try (TreeFixture fixture = new TreeFixture(directory, "local *\n")) {
      for (int i = 0; i < DIRECTORIES; i++) {
        for (int j = 0; j < 5; j++) {
          fixture.onDisk(fixture.application, "t/d" + i + "/f" + j, "x");
        }
      }
      List<String> names = List.copyOf(fixture.list("t").keySet());
      for (int i = 0; i < DIRECTORIES; i++) {
        Path each = fixture.application.resolve("t/d" + i);
        Files.setAttribute(each, "lastAccessTime", longAgo);
      }
      for (String name : names.subList(0, 10)) {
        assertThat(fixture.list("t/" + name)).hasSize(5);
      }
      assertThat(Thread.getAllStackTraces().keySet())
          .extracting(Thread::getName)
          .contains("read-ahead");
    }
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .doesNotContain("read-ahead");
    int untouched = 0;
    for (int i = 0; i < DIRECTORIES; i++) {
      Path each = directory.resolve("application/t/d" + i);
      untouched += Files.getAttribute(each, "lastAccessTime").equals(longAgo) ? 1 : 0;
    }
    assertThat(untouched).isGreaterThanOrEqualTo(DIRECTORIES - 10);
  }
}
