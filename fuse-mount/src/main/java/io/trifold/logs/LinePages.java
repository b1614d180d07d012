package io.trifold.logs;

import io.trifold.queue.LineBatch;
import io.trifold.queue.LineStream;
import io.trifold.queue.QueueException;
import java.util.List;

/**
 * Goes through the stream for somebody who looks at it. A batch that cannot be trusted is told of
 * and left out: the rest of what the database keeps is to be seen all the same. Of one thread.
 */
final class LinePages {
  /** Reads what comes behind a position. */
  interface Read {
    List<LineBatch> after(long position, int limit) throws QueueException;
  }

  private final LineStream stream;
  private final Read read;
  private final int size;
  private long position;

  /**
   * Begins.
   *
   * @param size how many batches at a time
   */
  LinePages(LineStream stream, Read read, long position, int size) {
    this.stream = stream;
    this.read = read;
    this.position = position;
    this.size = size;
  }

  /**
   * The next ones; none if there are none yet. May be called again after {@link
   * QueueException.Unreachable}.
   */
  <E extends Exception> List<LineBatch> next(LineView.Taker<E> taker) throws QueueException, E {
    int limit = size;
    while (true) {
      try {
        List<LineBatch> batches = read.after(position, limit);
        if (!batches.isEmpty()) {
          position = batches.get(batches.size() - 1).position();
        }
        return batches;
      } catch (QueueException.Corrupt e) {
        if (limit > 1) {
          limit = 1; // Those before it are good.
        } else {
          leaveOut(e, taker);
          limit = size;
        }
      }
    }
  }

  private <E extends Exception> void leaveOut(QueueException.Corrupt e, LineView.Taker<E> taker)
      throws QueueException, E {
    if (e.position() <= position) {
      throw e;
    }
    long oldest = stream.ends().oldest();
    if (e.position() < oldest) {
      taker.told("batches up to " + (oldest - 1) + " are no longer in the database: left out");
      position = oldest - 1;
    } else {
      taker.told(e.getMessage() + ": left out");
      position = e.position();
    }
  }

  /** To be called when the database was away: it may have come back as it was before. */
  <E extends Exception> void rejoin(LineView.Taker<E> taker) throws QueueException, E {
    long last = stream.ends().position();
    if (position > last) {
      taker.told("the database was restored from an older state: goes on behind batch " + last);
      position = last;
    }
  }
}
