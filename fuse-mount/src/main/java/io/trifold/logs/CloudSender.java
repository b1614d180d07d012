package io.trifold.logs;

import io.trifold.logs.Spool.Outlet;
import io.trifold.queue.LineStream;
import io.trifold.queue.Lines;
import io.trifold.queue.QueueException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Takes lines from the spool to the farm's stream, in batches: each once, in their order. */
final class CloudSender implements Worker.Step {
  private static final int BATCH_BYTES = 1 << 20;
  private static final int BATCH_WRITES = 10_000;

  /** Between two batches: what is written meanwhile goes with the next, and one notification. */
  private static final long GROUP_MILLIS = 20;

  private static final long IDLE_MILLIS = 5_000;
  private static final long PRUNE_NANOS = Duration.ofMinutes(5).toNanos();

  private final Spool spool;
  private final LineStream stream;
  private final Duration retention;
  private final LogCounts counts;

  /** Null until the stream has told how far it is. */
  private Spool.Reader reader;

  /** Sent again, as it is, after a failure: then it is not known whether it arrived. */
  private final List<Lines> batch = new ArrayList<>();

  private Optional<Spooled> ahead = Optional.empty();
  private long nextPrune = System.nanoTime();

  CloudSender(Spool spool, LineStream stream, Duration retention, LogCounts counts) {
    this.spool = spool;
    this.stream = stream;
    this.retention = retention;
    this.counts = counts;
  }

  @Override
  public boolean run() throws QueueException, IOException, InterruptedException {
    if (reader == null) {
      long last = stream.lastSequence();
      spool.skip(last);
      reader = spool.reader(Outlet.CLOUD, Math.max(last, spool.done(Outlet.CLOUD)));
    }
    if (batch.isEmpty()) {
      fill();
    }
    if (batch.isEmpty()) {
      spool.done(Outlet.CLOUD, reader.passed());
      prune();
      spool.await(reader.passed(), IDLE_MILLIS);
      return false;
    }
    stream.append(batch);
    for (Lines lines : batch) {
      counts.toCloud.addAndGet(LogFile.count(lines.text()) + 1);
    }
    spool.done(Outlet.CLOUD, batch.get(batch.size() - 1).sequence());
    batch.clear();
    Thread.sleep(GROUP_MILLIS);
    return true;
  }

  private void fill() throws IOException {
    int bytes = 0;
    while (bytes < BATCH_BYTES && batch.size() < BATCH_WRITES) {
      Optional<Spooled> entry = ahead.isPresent() ? ahead : reader.next();
      ahead = Optional.empty();
      if (entry.isEmpty()) {
        return;
      }
      Lines lines = entry.get().lines();
      bytes += lines.text().length;
      if (!batch.isEmpty() && bytes > LineStream.MAX_BATCH) {
        ahead = entry;
        return;
      }
      batch.add(lines);
    }
  }

  private void prune() throws QueueException {
    if (System.nanoTime() - nextPrune >= 0) {
      long removed;
      do {
        removed = stream.prune(retention);
      } while (removed > 0);
      nextPrune = System.nanoTime() + PRUNE_NANOS;
    }
  }
}
