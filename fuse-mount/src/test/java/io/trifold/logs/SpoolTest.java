package io.trifold.logs;

import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.logs.Spool.Outlet;
import io.trifold.queue.Lines;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpoolTest {
  @TempDir Path directory;

  private Spool open() throws IOException {
    return Spool.open(directory.resolve("logs"), 64 << 20);
  }

  private static Spooled entry(String text, long writer, boolean grows, String held) {
    return new Spooled(
        new Lines(0, Instant.ofEpochMilli(1), "a/b.log", bytes(text)),
        false,
        !text.isEmpty(),
        7,
        text.isEmpty() ? -1 : 9,
        writer,
        grows,
        bytes(held));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static List<String> rest(Spool.Reader reader) throws IOException {
    List<String> texts = new ArrayList<>();
    for (Optional<Spooled> next = reader.next(); next.isPresent(); next = reader.next()) {
      texts.add(new String(next.get().lines().text(), StandardCharsets.UTF_8));
    }
    return texts;
  }

  @Test
  void anOutletGetsItsEntriesInOrderAndGoesOnWhereItWas() throws Exception {
    long second;
    try (Spool spool = open()) {
      spool.append(entry("one", 1, false, ""));
      second = spool.append(entry("two", 1, false, ""));
      spool.append(entry("three", 1, false, ""));
      assertThat(rest(spool.reader(Outlet.CLOUD, 0))).containsExactly("one", "two", "three");
      assertThat(rest(spool.reader(Outlet.SYSLOG, 0))).isEmpty();
      spool.done(Outlet.CLOUD, second);
    }
    try (Spool spool = open()) {
      assertThat(spool.done(Outlet.CLOUD)).isEqualTo(second);
      spool.append(entry("four", 2, false, ""));
      assertThat(rest(spool.reader(Outlet.CLOUD, second))).containsExactly("three", "four");
    }
  }

  @Test
  void aReaderThatKeepsUpGetsEachEntryOnceWhateverItsSize() throws Exception {
    try (Spool spool = open()) {
      Spool.Reader reader = spool.reader(Outlet.CLOUD, 0);
      List<String> put = new ArrayList<>();
      List<String> got = new ArrayList<>();
      for (int i = 0; i < 400; i++) {
        put.add(i + "x".repeat(i % 7 == 0 ? 300_000 : i % 97));
        spool.append(entry(put.get(i), 1, false, ""));
        if (i % 5 == 0) {
          got.addAll(rest(reader));
        }
      }
      got.addAll(rest(reader));
      assertThat(got).isEqualTo(put);
      assertThat(rest(spool.reader(Outlet.CLOUD, 0))).isEqualTo(put);
    }
  }

  /** Else who waits for more would not wait. */
  @Test
  void aReaderThatHasNothingLeftIsAtTheEnd() throws Exception {
    try (Spool spool = open()) {
      Spool.Reader cloud = spool.reader(Outlet.CLOUD, spool.done(Outlet.CLOUD));
      Spool.Reader syslog = spool.reader(Outlet.SYSLOG, spool.done(Outlet.SYSLOG));
      assertThat(rest(cloud)).isEmpty();
      assertThat(rest(syslog)).isEmpty();
      assertThat(cloud.passed()).isEqualTo(spool.last());
      assertThat(syslog.passed()).isEqualTo(spool.last());

      spool.append(entry("one", 1, false, ""));
      assertThat(rest(cloud)).containsExactly("one");
      assertThat(rest(syslog)).isEmpty();
      assertThat(cloud.passed()).isEqualTo(spool.last());
      assertThat(syslog.passed()).isEqualTo(spool.last());
    }
  }

  /** Smaller than a segment usually is, or nearly filled by a single entry. */
  @Test
  void aFullSpoolHasRoomAgainForAllWhenItsEntriesAreDone() throws Exception {
    for (int size : List.of(1_000, 900_000)) {
      try (Spool spool = Spool.open(directory.resolve("small-" + size), 1 << 20)) {
        Spool.Reader reader = spool.reader(Outlet.CLOUD, 0);
        for (int round = 0; round < 3; round++) {
          int count = 0;
          while (spool.admits(size)) {
            spool.append(entry("x".repeat(size), 1, false, ""));
            count++;
          }
          assertThat(count).isPositive();
          assertThat(rest(reader)).hasSize(count);
          spool.done(Outlet.CLOUD, spool.last());
          spool.done(Outlet.SYSLOG, spool.last());
          assertThat(spool.admits(1_000_000)).isTrue();
        }
      }
    }
  }

  @Test
  void whatAnEarlierStartIsDoneWithIsNotInTheWayOfASmallerBound() throws Exception {
    long last;
    try (Spool spool = open()) {
      spool.append(entry("x".repeat(100_000), 1, false, ""));
      last = spool.append(entry("y", 1, false, ""));
      spool.done(Outlet.CLOUD, last);
      spool.done(Outlet.SYSLOG, last);
    }
    try (Spool spool = Spool.open(directory.resolve("logs"), 50_000)) {
      assertThat(spool.admits(1_000)).isTrue();
      assertThat(spool.append(entry("z", 1, false, ""))).isEqualTo(last + 1);
    }
  }

  @Test
  void whatACrashHasCutOffIsNone() throws Exception {
    try (Spool spool = open()) {
      spool.append(entry("one", 1, false, ""));
    }
    Path file;
    try (Stream<Path> all = Files.list(directory.resolve("logs"))) {
      file = all.filter(f -> f.getFileName().toString().startsWith("spool-")).findFirst().get();
    }
    Files.write(file, new byte[] {0, 0, 0, 90, 1, 2, 3, 4, 5}, StandardOpenOption.APPEND);

    try (Spool spool = open()) {
      spool.append(entry("two", 1, false, ""));
      assertThat(rest(spool.reader(Outlet.CLOUD, 0))).containsExactly("one", "two");
    }
  }

  @Test
  void whatWritersHeldIsLeftForTheNextStart() throws Exception {
    try (Spool spool = open()) {
      spool.append(entry("", 1, true, "begin"));
      spool.append(entry("", 1, true, "ning"));
      spool.append(entry("line", 2, false, "tail"));
      spool.append(entry("", 3, true, "ended"));
      spool.append(entry("ended", 3, false, ""));
    }
    try (Spool spool = open()) {
      assertThat(spool.left())
          .extracting(left -> new String(left.held(), StandardCharsets.UTF_8))
          .containsExactlyInAnyOrder("beginning", "tail");
      assertThat(spool.lastOfEach()).hasSize(1);
      for (Spooled left : spool.left()) {
        spool.append(entry("x", left.writer(), false, ""));
      }
    }
    try (Spool spool = open()) {
      assertThat(spool.left()).isEmpty();
    }
  }

  @Test
  void whatAllAreDoneWithIsDeletedAndWhatIsHeldIsNot() throws Exception {
    String text = "x".repeat(1 << 20);
    try (Spool spool = open()) {
      spool.append(entry("", 1, true, "held"));
      for (int i = 0; i < 20; i++) {
        done(spool, spool.append(entry(text, 2, false, "")));
      }
      assertThat(spool.bytes()).isGreaterThan(20L << 20);
      spool.append(entry("held", 1, false, ""));
      for (int i = 0; i < 10; i++) {
        done(spool, spool.append(entry(text, 2, false, "")));
      }
      assertThat(spool.bytes()).isLessThan(12L << 20);
    }
  }

  private static void done(Spool spool, long sequence) throws IOException {
    spool.done(Outlet.CLOUD, sequence);
    spool.done(Outlet.SYSLOG, sequence);
  }

  @Test
  void hasABound() throws Exception {
    try (Spool spool = Spool.open(directory.resolve("small"), 1000)) {
      assertThat(spool.admits(900)).isTrue();
      spool.append(entry("x".repeat(800), 1, false, ""));
      assertThat(spool.admits(900)).isFalse();
    }
  }

  @Test
  void numbersGoOnAlsoWhenNothingWasWritten() throws Exception {
    long first;
    try (Spool spool = open()) {
      first = spool.append(entry("one", 1, false, ""));
    }
    open().close();
    open().close();
    try (Spool spool = open()) {
      assertThat(spool.append(entry("two", 1, false, ""))).isEqualTo(first + 1);
    }
  }
}
