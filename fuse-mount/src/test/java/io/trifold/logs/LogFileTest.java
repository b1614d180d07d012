package io.trifold.logs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trifold.posix.BackingRoot;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.rules.RuleSet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogFileTest {
  private static final int LIMIT = 1000;

  @TempDir Path directory;

  private BackingRoot root;
  private Spool spool;
  private LogFiles files;
  private final LogCounts counts = new LogCounts();
  private final List<LogFile> taken = new ArrayList<>();

  @BeforeEach
  void open() throws Exception {
    root = BackingRoot.open(directory.toString());
    spool = Spool.open(directory.resolve("logs"), LIMIT);
    RuleSet rules =
        RuleSet.parse(
            "t", "log *.log targets=file,cloud\nlog drop.log targets=file,cloud when-full=drop");
    files = new LogFiles(root, rules.root(), "web1", spool, counts);
  }

  @AfterEach
  void close() throws Exception {
    taken.forEach(files::giveBack);
    spool.close();
    root.close();
  }

  private LogFile log(String name, String content) throws Exception {
    Files.writeString(directory.resolve(name), content);
    LogFile file = files.find(name).orElseThrow();
    taken.add(file);
    return file;
  }

  private static void put(LogFile file, String text) throws ErrnoException {
    file.put(new LineAssembler().feed(bytes(text)), 1, false);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private String content(String name) throws Exception {
    return Files.readString(directory.resolve(name));
  }

  @Test
  void aFullSpoolRefusesTheWriteAndNothingOfItIsThere() throws Exception {
    LogFile file = log("a.log", "");
    put(file, "x".repeat(800) + "\n");
    String before = content("a.log");

    assertThatThrownBy(() -> put(file, "y".repeat(800) + "\n"))
        .isInstanceOfSatisfying(
            ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOSPC));

    assertThat(content("a.log")).isEqualTo(before);
    assertThat(counts.refused).hasValue(1);
    assertThat(counts.dropped).hasValue(0);
  }

  @Test
  void aFullSpoolCountsWhatItDropsWhereTheRuleAllowsThat() throws Exception {
    LogFile file = log("drop.log", "");
    put(file, "x".repeat(800) + "\n");

    put(file, "y".repeat(400) + "\n" + "z".repeat(400) + "\n");

    assertThat(content("drop.log")).contains("[web1] yyy", "[web1] zzz");
    assertThat(counts.dropped).hasValue(2);
    assertThat(counts.refused).hasValue(0);
  }

  @Test
  void whatSomebodyLeftWithoutAnEndIsNoPartOfALine() throws Exception {
    LogFile file = log("a.log", "cut o");

    put(file, "line\n");

    assertThat(content("a.log")).isEqualTo("cut o\n[web1] line\n");
  }

  @Test
  void aLogThatIsEmptiedGetsItsHeaderAgain() throws Exception {
    LogFile file = log("a.log", "TARGETS: file\n");
    put(file, "one\n");
    file.change(() -> empty("a.log"));

    put(file, "two\n");

    assertThat(content("a.log")).isEqualTo("TARGETS: file\n[web1] two\n");
  }

  private void empty(String name) {
    try {
      Files.writeString(directory.resolve(name), "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Else it would stand in the emptied log without the header before it. */
  @Test
  void noLineIsPutWhileALogIsEmptied() throws Exception {
    LogFile file = log("a.log", "TARGETS: file\n");
    put(file, "one\n");
    Thread writer =
        new Thread(
            () -> {
              try {
                put(file, "two\n");
              } catch (ErrnoException e) {
                throw new IllegalStateException(e);
              }
            });

    file.change(
        () -> {
          writer.start();
          while (writer.getState() != Thread.State.BLOCKED && writer.isAlive()) {
            Thread.onSpinWait();
          }
          empty("a.log");
        });
    writer.join();

    assertThat(content("a.log")).isEqualTo("TARGETS: file\n[web1] two\n");
  }

  @Test
  void whatAKilledDaemonHasBegunIsEnded() throws Exception {
    for (String there : new String[] {"", "[we", "[web1] one\n", "[web1] one\n[web1] t"}) {
      LogFile file = log("a.log", "before\n" + there);

      boolean complete = file.complete(bytes("one\ntwo\n"), "web1", file.inode(), 7);

      assertThat(complete).isTrue();
      assertThat(content("a.log")).isEqualTo("before\n[web1] one\n[web1] two\n");
    }
  }

  @Test
  void whatStandsThereInsteadIsLeftAlone() throws Exception {
    LogFile file = log("a.log", "before\nother\n");

    assertThat(file.complete(bytes("one\n"), "web1", file.inode(), 7)).isFalse();
    assertThat(file.complete(bytes("one\n"), "web1", file.inode() + 1, 13)).isFalse();
    assertThat(file.complete(bytes("one\n"), "web1", file.inode(), 99)).isFalse();

    assertThat(content("a.log")).isEqualTo("before\nother\n");
  }
}
