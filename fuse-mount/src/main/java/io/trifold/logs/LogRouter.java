package io.trifold.logs;

import io.trifold.logs.Spool.Outlet;
import io.trifold.posix.BackingRoot;
import io.trifold.posix.ErrnoException;
import io.trifold.queue.LineStream;
import io.trifold.queue.Lines;
import io.trifold.queue.QueueException;
import io.trifold.replica.LogSource;
import io.trifold.rules.Decision;
import io.trifold.rules.LogOptions;
import io.trifold.rules.RuleState;
import io.trifold.tree.LogOpener;
import io.trifold.tree.LogWriter;
import io.trifold.tree.Namespace;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A mount's logs.
 *
 * <p>Order of calls: {@link #open}, give it to the tree as its {@link LogOpener}, {@link #start}
 * once the host's session with the farm was asked for, mount, unmount, close the tree, {@link
 * #close}.
 */
public final class LogRouter implements LogOpener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LogRouter.class);

  /** A line whose writer does not go on with it is ended after so long. */
  private static final long HELD_MILLIS = 2_000;

  private static final long TICK_MILLIS = 500;
  private static final long DRAIN_MILLIS = 5_000;

  private final LogSettings settings;
  private final LogCounts counts;
  private final Spool spool;
  private final ReceiverState received;
  private final LogFiles files;
  private final AtomicLong numbers = new AtomicLong(LogHandle.firstNumber());
  private final Set<LogHandle> handles = ConcurrentHashMap.newKeySet();
  private final ScheduledThreadPoolExecutor housekeeping =
      new ScheduledThreadPoolExecutor(
          1,
          task -> {
            Thread thread = new Thread(task, "trifold-logs");
            thread.setDaemon(true);
            return thread;
          });

  private Namespace namespace;
  private LineStream stream;
  private LogSource.Watch watch;
  private Worker cloudSender;
  private Worker cloudReceiver;
  private Worker syslogPump;
  private SyslogPump pump;
  private CloudReceiver receiver;

  private LogRouter(
      LogSettings settings, Spool spool, ReceiverState received, LogFiles files, LogCounts counts) {
    this.counts = counts;
    this.settings = settings;
    this.spool = spool;
    this.received = received;
    this.files = files;
  }

  /**
   * Opens the spool, and ends what an earlier daemon that was killed has begun.
   *
   * @param root the application's directory, below the mount
   * @param rules the state of the root in this mount's rules
   */
  public static LogRouter open(LogSettings settings, BackingRoot root, RuleState rules)
      throws IOException, ErrnoException {
    Spool spool = Spool.open(settings.directory(), settings.spoolLimit());
    try {
      ReceiverState received = ReceiverState.open(settings.directory().resolve("received"));
      LogCounts counts = new LogCounts();
      LogFiles files = new LogFiles(root, rules, settings.host(), spool, counts);
      LogRouter router = new LogRouter(settings, spool, received, files, counts);
      router.recover();
      return router;
    } catch (IOException | ErrnoException | RuntimeException e) {
      spool.close();
      throw e;
    }
  }

  private void recover() throws ErrnoException, IOException {
    for (Spooled entry : spool.lastOfEach()) {
      complete(entry);
    }
    for (Spooled entry : spool.left()) {
      release(entry);
    }
  }

  private void complete(Spooled entry) throws ErrnoException {
    Optional<LogFile> file = files.find(entry.lines().path());
    if (file.isEmpty()) {
      return;
    }
    try {
      byte[] text = entry.lines().text();
      byte[] lines = Arrays.copyOf(text, text.length + 1);
      lines[text.length] = '\n';
      boolean there = file.get().complete(lines, settings.host(), entry.inode(), entry.offset());
      LOG.debug("{}: its last lines are there: {}", file.get().path(), there);
    } finally {
      files.giveBack(file.get());
    }
  }

  /** The line that a writer had begun is ended in its name. */
  private void release(Spooled entry) throws ErrnoException, IOException {
    Optional<LogFile> file = files.find(entry.lines().path());
    if (file.isEmpty()) {
      LOG.warn("{}: the beginning of a line is lost: the log is gone", entry.lines().path());
      spool.append(ended(entry));
      return;
    }
    try {
      byte[] lines = Arrays.copyOf(entry.held(), entry.held().length + 1);
      lines[entry.held().length] = '\n';
      file.get().put(new LineAssembler.Cut(lines, new byte[0], new byte[0]), entry.writer(), true);
    } finally {
      files.giveBack(file.get());
    }
  }

  private static Spooled ended(Spooled entry) {
    Lines none = new Lines(0, entry.lines().at(), entry.lines().path(), new byte[0]);
    return new Spooled(none, false, false, 0, -1, entry.writer(), false, new byte[0]);
  }

  /**
   * Begins to send, and to receive.
   *
   * @param tree told of what other hosts have appended
   */
  public void start(Namespace tree, LineSource source) throws QueueException {
    namespace = tree;
    stream = source.openLines();
    cloudSender =
        new Worker(
            "log-sender",
            "sending log lines to the other hosts",
            new CloudSender(spool, stream, settings.retention(), counts),
            counts);
    receiver =
        new CloudReceiver(
            settings.host(),
            stream,
            files,
            received,
            counts,
            this::grown,
            () -> cloudReceiver.isStopping());
    cloudReceiver =
        new Worker("log-receiver", "receiving log lines of other hosts", receiver, counts);
    pump = new SyslogPump(settings.syslog(), spool, files, settings.host(), counts);
    syslogPump = new Worker("log-syslog", "syslog by " + settings.syslog(), pump, counts);
    watch = source.watchLines(head -> receiver.wake());
    for (Worker worker : List.of(cloudSender, cloudReceiver, syslogPump)) {
      worker.start();
    }
    var unused =
        housekeeping.scheduleWithFixedDelay(
            this::endLines, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
  }

  @Override
  public LogWriter open(String path, Decision decision, int fd, boolean appends)
      throws ErrnoException {
    LogOptions rule = decision.options().log();
    Optional<LogFile> file = files.take(path, rule, fd);
    if (file.isEmpty()) {
      return null;
    }
    try {
      file.get().learn();
    } catch (ErrnoException e) {
      files.giveBack(file.get());
      throw e;
    }
    LogHandle handle =
        new LogHandle(
            file.get(), numbers.incrementAndGet(), fd, appends, this::closed, this::grownLater);
    handles.add(handle);
    return handle;
  }

  private void closed(LogHandle handle) {
    handles.remove(handle);
    files.giveBack(handle.file());
  }

  private void endLines() {
    long before = System.nanoTime() - HELD_MILLIS * 1_000_000;
    for (LogHandle handle : handles) {
      try {
        handle.flushHeldBefore(before);
      } catch (ErrnoException e) {
        counts.problem(
            LogFiles.shown(handle.file().path()), "its last line waits: " + e.getMessage());
      } catch (RuntimeException e) {
        LOG.error("{}: a line cannot be ended", handle.file().path(), e);
      }
    }
  }

  /** Inside of a request the kernel must not be told. */
  private void grownLater(String path) {
    try {
      housekeeping.execute(() -> grown(path));
    } catch (RejectedExecutionException e) {
      LOG.debug("{} grew when the mount was gone", path, e);
    }
  }

  private void grown(String path) {
    if (namespace != null) {
      namespace.replaced(List.of(path));
    }
  }

  /** The farm's lines. */
  public LineStream stream() {
    return stream;
  }

  /** Whether the rules make a log of this path. */
  public Optional<LogOptions> rule(String path) {
    return files.rule(path);
  }

  /** How they do. */
  public LogStatus status() {
    return new LogStatus(
        files.size(),
        counts.written.get(),
        counts.toSyslog.get(),
        counts.toCloud.get(),
        counts.fromCloud.get(),
        counts.unclaimed.get(),
        counts.missed.get(),
        counts.dropped.get(),
        counts.refused.get(),
        waiting(),
        spool.limit(),
        new TreeMap<>(counts.problems()));
  }

  /** What all outlets are done with still stands in the files for a while, and is no backlog. */
  private long waiting() {
    long done = Math.min(spool.done(Outlet.CLOUD), spool.done(Outlet.SYSLOG));
    return done >= spool.last() ? 0 : spool.bytes();
  }

  /**
   * Sends what there is, for some seconds at most, and ends. What is left is sent after the next
   * start. To be called once nobody writes any more.
   */
  @Override
  public void close() throws IOException {
    housekeeping.shutdownNow();
    try {
      if (cloudSender != null) {
        drain();
        watch.close();
        cloudSender.stop();
        cloudReceiver.stop();
        syslogPump.stop();
        spool.wake();
        receiver.wake();
        cloudSender.close();
        cloudReceiver.close();
        syslogPump.close();
        pump.close();
      }
    } finally {
      if (stream != null) {
        stream.close();
      }
      spool.close();
      received.close();
    }
  }

  private void drain() {
    long end = System.nanoTime() + DRAIN_MILLIS * 1_000_000;
    try {
      while (waiting() > 0 && counts.problems().isEmpty() && System.nanoTime() - end < 0) {
        spool.wake();
        Thread.sleep(20);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (waiting() > 0) {
      LOG.info("{} bytes of log lines are left in the spool for the next start", waiting());
    }
  }
}
