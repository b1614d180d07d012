package io.trifold.logs;

import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.queue.LineBatch;
import io.trifold.queue.LineStream;
import io.trifold.queue.Lines;
import io.trifold.queue.QueueException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** What is shown of a stream that is not as it should be. */
class LineViewTest {
  private static final Instant START = Instant.parse("2026-01-02T03:04:05Z");

  private final FakeStream stream = new FakeStream();
  private final Shown shown = new Shown();
  private final LineView view = new LineView(stream, line -> true, Optional.empty());

  private void add(long position, String host) {
    byte[] text = (position + " of " + host).getBytes(StandardCharsets.UTF_8);
    Lines lines = new Lines(position, START.plusSeconds(position), "a.log", text);
    stream.add(new LineBatch(position, host, START, List.of(lines)));
  }

  @Test
  void aBatchThatIsNotTrustedIsLeftOutAndToldOf() throws Exception {
    for (int i = 1; i <= 20; i += 2) {
      add(i, "web1");
      add(i + 1, "web2");
    }
    stream.bad.addAll(List.of(1L, 7L, 9L, 20L));

    view.history(List.of("web1", "web2"), 19, shown);

    assertThat(shown.all)
        .filteredOn(line -> !line.startsWith("told: "))
        .isEqualTo(
            LongStream.rangeClosed(2, 19)
                .filter(i -> i != 7 && i != 9)
                .mapToObj(i -> i + (i % 2 == 0 ? " of web2" : " of web1"))
                .toList());
    assertThat(shown.all)
        .filteredOn(line -> line.startsWith("told: "))
        .containsExactlyInAnyOrder(
            "told: batch 1 is bad: left out",
            "told: batch 7 is bad: left out",
            "told: batch 9 is bad: left out",
            "told: batch 20 is bad: left out");
  }

  @Test
  void whoFollowsIsToldOnceThatTheDatabaseIsAwayAndGoesOnWhenItIsBack() throws Exception {
    add(1, "web1");
    Thread follower = follow(0);
    try {
      assertThat(shown.next()).isEqualTo("1 of web1");

      stream.away = true;
      assertThat(shown.next()).isEqualTo("told: it is away: goes on when it answers again");
      stream.awaitTries(3);
      add(2, "web2");
      stream.bad.add(3L);
      add(3, "web2");
      add(4, "web2");
      stream.away = false;
      assertThat(shown.next()).isEqualTo("2 of web2");
      assertThat(shown.next()).isEqualTo("told: batch 3 is bad: left out");
      assertThat(shown.next()).isEqualTo("4 of web2");

      stream.away = true;
      assertThat(shown.next()).isEqualTo("told: it is away: goes on when it answers again");
    } finally {
      follower.interrupt();
      follower.join();
    }
  }

  @Test
  void whoFollowsGoesOnWhereTheStreamBeginsOrEndsNow() throws Exception {
    stream.oldest = 5;
    add(5, "web1");
    Thread follower = follow(1);
    try {
      assertThat(shown.next())
          .isEqualTo("told: batches up to 4 are no longer in the database: left out");
      assertThat(shown.next()).isEqualTo("5 of web1");

      stream.away = true;
      assertThat(shown.next()).startsWith("told: it is away");
      stream.restore(3);
      stream.away = false;
      assertThat(shown.next())
          .isEqualTo("told: the database was restored from an older state: goes on behind batch 3");
      add(4, "web1");
      assertThat(shown.next()).isEqualTo("4 of web1");
    } finally {
      follower.interrupt();
      follower.join();
    }
  }

  private Thread follow(long from) {
    Thread thread =
        new Thread(
            () -> {
              try {
                view.follow(from, shown);
              } catch (QueueException e) {
                shown.told(e.toString());
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    thread.start();
    return thread;
  }

  private static final class Shown implements LineView.Taker<RuntimeException> {
    private final List<String> all = new ArrayList<>();
    private final BlockingQueue<String> queue = new LinkedBlockingQueue<>();

    @Override
    public void take(LineView.Line line) {
      give(line.text());
    }

    @Override
    public void told(String what) {
      give("told: " + what);
    }

    private void give(String what) {
      all.add(what);
      queue.add(what);
    }

    String next() throws InterruptedException {
      return queue.poll(60, TimeUnit.SECONDS);
    }
  }

  private static final class FakeStream implements LineStream {
    private final TreeMap<Long, LineBatch> batches = new TreeMap<>();
    private final Set<Long> bad = ConcurrentHashMap.newKeySet();
    private volatile long oldest = 1;
    private volatile boolean away;
    private int triesWhileAway;

    synchronized void add(LineBatch batch) {
      batches.put(batch.position(), batch);
    }

    synchronized void restore(long last) {
      batches.clear();
      oldest = last + 1;
    }

    synchronized void awaitTries(int count) throws InterruptedException {
      while (triesWhileAway < count) {
        wait();
      }
    }

    private synchronized void reach() throws QueueException {
      if (away) {
        triesWhileAway++;
        notifyAll();
        throw new QueueException.Unreachable("it is away", null);
      }
    }

    @Override
    public synchronized Ends ends() throws QueueException {
      reach();
      return new Ends(batches.isEmpty() ? oldest - 1 : batches.lastKey(), oldest);
    }

    @Override
    public long beginning() {
      throw new UnsupportedOperationException();
    }

    @Override
    public synchronized List<LineBatch> read(long after, int limit) throws QueueException {
      reach();
      List<LineBatch> read = batches.tailMap(after, false).values().stream().limit(limit).toList();
      long expected = after;
      for (LineBatch batch : read) {
        expected++;
        if (batch.position() != expected) {
          throw new QueueException.Corrupt(expected, "a hole at batch " + expected);
        }
      }
      return trusted(read);
    }

    @Override
    public synchronized List<LineBatch> read(
        String host, long after, Optional<Instant> since, int limit) throws QueueException {
      reach();
      return trusted(
          batches.tailMap(after, false).values().stream()
              .filter(batch -> batch.host().equals(host))
              .limit(limit)
              .toList());
    }

    private List<LineBatch> trusted(List<LineBatch> read) throws QueueException {
      for (LineBatch batch : read) {
        if (bad.contains(batch.position())) {
          throw new QueueException.Corrupt(
              batch.position(), "batch " + batch.position() + " is bad");
        }
      }
      return read;
    }

    @Override
    public long lastSequence() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void append(List<Lines> lines) {
      throw new UnsupportedOperationException();
    }

    @Override
    public List<String> hosts() {
      throw new UnsupportedOperationException();
    }

    @Override
    public long prune(Duration age) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
  }
}
