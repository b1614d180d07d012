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
  private static final int PAGE = 4;

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
      if (cursor.fill()) {
        cursors.add(cursor);
      }
    }
    while (!cursors.isEmpty()) {
      Cursor cursor = cursors.remove();
      taker.take(cursor.take());
      if (cursor.fill()) {
        cursors.add(cursor);
      }
    }
  }

  /** The lines of a batch that are asked for. */
  List<Line> of(LineBatch batch) {
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
    private final Deque<Line> ready = new ArrayDeque<>();
    private long position;
    private boolean ended;
    private Instant time = Instant.MIN;

    Cursor(String host, long last) {
      this.host = host;
      this.last = last;
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
    boolean fill() throws QueueException {
      while (ready.isEmpty() && !ended) {
        List<LineBatch> page = stream.read(host, position, since, PAGE);
        ended = page.size() < PAGE;
        for (LineBatch batch : page) {
          position = batch.position();
          if (position > last) {
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
