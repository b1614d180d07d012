package io.trifold.logs;

import io.trifold.queue.LineBatch;
import io.trifold.queue.LineStream;
import io.trifold.queue.Lines;
import io.trifold.queue.QueueException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.function.Predicate;

/**
 * The lines of all hosts as one, by the time at which they were written; those of one host stay in
 * their order whatever its clock did.
 */
final class LineView {
  /** Of one host, of many at a time. */
  private static final int PAGE = 4;

  private static final int PAGE_OF_ALL = 16;
  private static final long POLL_MILLIS = 200;
  private static final long AWAY_MILLIS = 1_000;

  /**
   * A line of some host.
   *
   * @param at when it was written
   * @param text with control characters spelled out
   */
  record Line(Instant at, String host, String path, String text) {}

  /** Takes the lines. */
  interface Taker<E extends Exception> {
    void take(Line line) throws E;

    /** Why lines may be missing between those before and those behind, in words. */
    void told(String what) throws E;
  }

  private final LineStream stream;
  private final Predicate<Line> filter;
  private final Optional<Instant> since;

  /**
   * Looks at a stream.
   *
   * @param since only lines that were written from then on
   */
  LineView(LineStream stream, Predicate<Line> filter, Optional<Instant> since) {
    this.stream = stream;
    this.filter = line -> since.map(line.at()::isBefore).orElse(false) ? false : filter.test(line);
    this.since = since;
  }

  /** Gives what there is up to a position. */
  <E extends Exception> void history(List<String> hosts, long last, Taker<E> taker)
      throws QueueException, E {
    PriorityQueue<Cursor> cursors =
        new PriorityQueue<>(Comparator.comparing(Cursor::time).thenComparing(Cursor::host));
    for (String host : hosts) {
      Cursor cursor = new Cursor(host, last);
      if (cursor.fill(taker)) {
        cursors.add(cursor);
      }
    }
    while (!cursors.isEmpty()) {
      Cursor cursor = cursors.remove();
      taker.take(cursor.take());
      if (cursor.fill(taker)) {
        cursors.add(cursor);
      }
    }
  }

  /** Gives what comes behind a position, until it is interrupted. */
  <E extends Exception> void follow(long from, Taker<E> taker)
      throws QueueException, E, InterruptedException {
    LinePages pages = new LinePages(stream, stream::read, from, PAGE_OF_ALL);
    boolean away = false;
    while (!Thread.currentThread().isInterrupted()) {
      List<LineBatch> batches;
      try {
        if (away) {
          pages.rejoin(taker);
          away = false;
        }
        batches = pages.next(taker);
      } catch (QueueException.Unreachable e) {
        if (!away) {
          taker.told(e.getMessage() + ": goes on when it answers again");
          away = true;
        }
        Thread.sleep(AWAY_MILLIS);
        continue;
      }
      for (LineBatch batch : batches) {
        for (Line line : of(batch)) {
          taker.take(line);
        }
      }
      if (batches.isEmpty()) {
        Thread.sleep(POLL_MILLIS);
      }
    }
  }

  /** The lines of a batch that are asked for. */
  private List<Line> of(LineBatch batch) {
    List<Line> lines = new ArrayList<>();
    for (Lines each : batch.lines()) {
      byte[] text = each.text();
      for (int start = 0; start <= text.length; ) {
        int end = start;
        while (end < text.length && text[end] != '\n') {
          end++;
        }
        byte[] line = LineFormat.escaped(Arrays.copyOfRange(text, start, end));
        Line candidate =
            new Line(
                each.at(), batch.host(), each.path(), new String(line, StandardCharsets.UTF_8));
        if (filter.test(candidate)) {
          lines.add(candidate);
        }
        start = end + 1;
      }
    }
    return lines;
  }

  private final class Cursor {
    private final String host;
    private final long last;
    private final LinePages pages;
    private final Deque<Line> ready = new ArrayDeque<>();
    private boolean ended;
    private Instant time = Instant.MIN;

    Cursor(String host, long last) {
      this.host = host;
      this.last = last;
      this.pages =
          new LinePages(
              stream, (position, limit) -> stream.read(host, position, since, limit), 0, PAGE);
    }

    String host() {
      return host;
    }

    /** Never before that of the line before. */
    Instant time() {
      Instant at = ready.element().at();
      return at.isBefore(time) ? time : at;
    }

    Line take() {
      time = time();
      return ready.remove();
    }

    /** Whether there is another line. */
    <E extends Exception> boolean fill(Taker<E> taker) throws QueueException, E {
      while (ready.isEmpty() && !ended) {
        List<LineBatch> page = pages.next(taker);
        ended = page.isEmpty();
        for (LineBatch batch : page) {
          if (batch.position() > last) {
            ended = true;
            break;
          }
          ready.addAll(of(batch));
        }
      }
      return !ready.isEmpty();
    }
  }
}
