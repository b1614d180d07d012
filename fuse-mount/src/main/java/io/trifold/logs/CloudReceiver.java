package io.trifold.logs;

import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.queue.LineBatch;
import io.trifold.queue.LineStream;
import io.trifold.queue.Lines;
import io.trifold.queue.QueueException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Appends what other hosts have sent to the logs of this one: each line once, in their order. */
final class CloudReceiver implements Worker.Step {
  private static final int PAGE = 4;
  private static final long POLL_MILLIS = 5_000;

  /** How long a rotation may take to make the new file. */
  private static final long ROTATION_MILLIS = 10_000;

  private static final String ABOUT = "lines of other hosts";

  private final String host;
  private final LineStream stream;
  private final LogFiles files;
  private final ReceiverState state;
  private final LogCounts counts;
  private final Consumer<String> onGrowth;
  private final BooleanSupplier stopping;
  private final Object news = new Object();
  private boolean hasNews;

  /** A page could not be read: batch by batch, then. */
  private boolean careful;

  CloudReceiver(
      String host,
      LineStream stream,
      LogFiles files,
      ReceiverState state,
      LogCounts counts,
      Consumer<String> onGrowth,
      BooleanSupplier stopping) {
    this.host = host;
    this.stream = stream;
    this.files = files;
    this.state = state;
    this.counts = counts;
    this.onGrowth = onGrowth;
    this.stopping = stopping;
  }

  /** There may be news in the stream. */
  void wake() {
    synchronized (news) {
      hasNews = true;
      news.notifyAll();
    }
  }

  @Override
  public boolean run() throws QueueException, IOException, ErrnoException, InterruptedException {
    if (!state.isKnown()) {
      // A new host's logs begin with its joining; what was before shows trifold logs.
      state.passed(stream.beginning());
    }
    List<LineBatch> batches = read();
    for (LineBatch batch : batches) {
      deliver(batch);
      if (stopping.getAsBoolean()) {
        return true;
      }
    }
    if (batches.isEmpty()) {
      checkEnds();
      synchronized (news) {
        long end = System.nanoTime() + POLL_MILLIS * 1_000_000;
        while (!hasNews && !stopping.getAsBoolean() && System.nanoTime() - end < 0) {
          news.wait(POLL_MILLIS);
        }
        hasNews = false;
      }
    }
    return !batches.isEmpty();
  }

  private List<LineBatch> read() throws QueueException, IOException {
    try {
      List<LineBatch> batches = stream.read(state.position(), careful ? 1 : PAGE);
      careful = false;
      return batches;
    } catch (QueueException.Corrupt e) {
      if (checkEnds()) {
        return List.of();
      }
      if (!careful) {
        careful = true;
        return read();
      }
      // What cannot be trusted is not taken, and does not stop what comes behind it.
      counts.problem(ABOUT + ", batch " + e.position(), "left out: " + e.getMessage());
      state.passed(state.position() + 1);
      return List.of();
    }
  }

  /**
   * Whether this host stood where the stream is no longer, or not yet; then it stands elsewhere.
   */
  private boolean checkEnds() throws QueueException, IOException {
    LineStream.Ends ends = stream.ends();
    long position = state.position();
    if (position + 1 < ends.oldest()) {
      counts.missed.addAndGet(ends.oldest() - 1 - position);
      state.passed(ends.oldest() - 1);
      return true;
    }
    if (position > ends.position()) {
      counts.problem(
          ABOUT,
          "the database was restored from an older state: goes on behind batch " + ends.position());
      state.passed(ends.position());
      return true;
    }
    return false;
  }

  /** Lines of one log that follow each other. */
  @SuppressWarnings("ArrayRecordComponent") // never compared by it, and never changed
  private record Group(String path, byte[] lines) {}

  private void deliver(LineBatch batch) throws IOException, ErrnoException, InterruptedException {
    if (!batch.host().equals(host)) {
      List<Group> groups = groups(batch);
      for (int i = (int) Math.min(state.groups(), groups.size()); i < groups.size(); i++) {
        deliver(groups.get(i), batch.host());
        state.passedGroup();
      }
      groups.stream().map(Group::path).distinct().forEach(onGrowth);
    }
    state.passed(batch.position());
  }

  private static List<Group> groups(LineBatch batch) {
    List<Group> groups = new ArrayList<>();
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    String path = null;
    for (Lines each : batch.lines()) {
      if (!each.path().equals(path)) {
        if (path != null) {
          groups.add(new Group(path, lines.toByteArray()));
        }
        path = each.path();
        lines.reset();
      }
      lines.writeBytes(each.text());
      lines.write('\n');
    }
    groups.add(new Group(path, lines.toByteArray()));
    return groups;
  }

  private void deliver(Group group, String from)
      throws IOException, ErrnoException, InterruptedException {
    int count = LogFile.count(group.lines());
    Optional<LogFile> found = find(group.path());
    if (found.isEmpty()) {
      counts.unclaimed.addAndGet(count);
      return;
    }
    LogFile file = found.get();
    try {
      if (!file.keeps()) {
        counts.unclaimed.addAndGet(count);
        return;
      }
      boolean begun = state.hasIntent();
      if (!begun || !file.complete(group.lines(), from, state.inode(), state.offset())) {
        file.putOther(group.lines(), from, this::intend);
      }
      counts.fromCloud.addAndGet(count);
    } finally {
      files.giveBack(file);
    }
  }

  private void intend(long inode, long offset) throws ErrnoException {
    try {
      state.intend(inode, offset);
    } catch (IOException e) {
      throw new ErrnoException(Errno.EIO, "cannot keep the position: " + e.getMessage());
    }
  }

  /** Only a log that was there is waited for. */
  private Optional<LogFile> find(String path) throws ErrnoException, InterruptedException {
    Optional<LogFile> file = files.find(path);
    if (file.isEmpty() && files.hasMet(path)) {
      long end = System.nanoTime() + ROTATION_MILLIS * 1_000_000;
      while (file.isEmpty() && System.nanoTime() - end < 0 && !stopping.getAsBoolean()) {
        Thread.sleep(20);
        file = files.find(path);
      }
    }
    if (file.isEmpty()) {
      files.forget(path);
    }
    return file;
  }
}
