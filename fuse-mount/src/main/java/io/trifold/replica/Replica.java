package io.trifold.replica;

import io.trifold.fuse.Caller;
import io.trifold.posix.BackingRoot;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.queue.Change;
import io.trifold.queue.FarmLog;
import io.trifold.queue.Head;
import io.trifold.queue.Membership;
import io.trifold.queue.Outcome;
import io.trifold.queue.QueueException;
import io.trifold.replica.Journal.Counter;
import io.trifold.replica.Journal.Standing;
import io.trifold.rules.Binding;
import io.trifold.rules.Decision;
import io.trifold.rules.Options;
import io.trifold.rules.RuleState;
import io.trifold.tree.ChangeObserver;
import io.trifold.tree.Namespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one host's propagated paths in step with the farm's log.
 *
 * <p>Order of calls: {@link #open}, give it to the tree as its {@link ChangeObserver}, {@link
 * #start} with the tree's {@link Namespace}, mount, unmount, {@link #close}.
 *
 * <p>The first start of a host, its join, is complete when {@link #start} returns, so that a host
 * never serves files that it would then replace; it needs the database. Every later start returns
 * at once and catches up in the background: what the host has was in sync when it stopped, and is
 * served even while the database is away.
 *
 * <p>The threads: <em>journal</em> writes marks, <em>capture</em> sends local changes,
 * <em>apply</em> brings those of others to the disk, <em>lease</em> tells the farm that the host
 * lives, <em>writes</em> looks for what was written with no request, <em>send</em> and
 * <em>fetch</em> carry large files, <em>scrub</em> verifies, <em>watch</em> looks whether the root
 * was emptied. One that dies stops propagation and leaves its reason in the log and in the status;
 * callers' reads and writes go on, and what they change is recorded or found by the next start's
 * scan.
 */
public final class Replica implements ChangeObserver, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Replica.class);
  private static final DateTimeFormatter DISPLACED =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss.SSS'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final long GROUP_MILLIS = 3;
  private static final long TOGETHER_NANOS = 300_000;
  private static final long IDLE_MILLIS = 5_000;
  private static final long WAITING_MILLIS = 100;
  private static final long LEASE_MILLIS = 4_000;
  private static final long WRITES_MILLIS = 2_000;
  private static final long STOP_MILLIS = 10_000;
  private static final int STAGING_THREADS = 4;
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final long DISTRUST_MILLIS = 10_000;
  private static final long SAMPLE_MILLIS = 20_000;
  private static final int SAMPLE = 200;

  /** How long a word on how far this host is stands: near the log's end others may wait for it. */
  private static final long NEAR_MILLIS = 3;

  private static final long FAR_MILLIS = 100;

  private final ReplicaSettings settings;
  private final RuleState rules;
  private final LogSource source;
  private final PatientJournal journal;
  private final InstantSource clock;
  private final UnaryOperator<Disk> disks;
  private final UUID session = UUID.randomUUID();
  private final Tally tally;
  private final DirtySet dirty = new DirtySet();
  private final TooLarge tooLarge = new TooLarge();
  private final MarkWriter markWriter;
  private final OpenChangeSets changeSets = new OpenChangeSets(Processes.PROC);
  private final Authors authors =
      new Authors(new AccountFiles(Path.of("/etc/passwd"), Path.of("/etc/group")));
  private final Boot boot;
  private final Signal captureSignal = new Signal();
  private final Signal applySignal = new Signal();
  private final Signal leaseSignal = new Signal();
  private final Signal writesSignal = new Signal();
  private final Progress progress = new Progress();
  private final Settling settling;
  private final Positions positions = new Positions(new Standpoint(), dirty, progress, this::hurry);
  private final Signal scrubSignal = new Signal();
  private final Signal watchSignal = new Signal();
  private final Signal trustSignal = new Signal();
  private final SafetyStop safety;
  private final List<Thread> threads = new ArrayList<>();
  private final StagingCrew crew = StagingCrew.of(STAGING_THREADS);

  private AfterApply afterApply = paths -> {};
  private Disk disk;
  private Applier applier;
  private Capture capture;
  private Placer placer;
  private LargeFiles largeFiles;
  private Fetches fetches;
  private Scan scan;
  private Verifier verifier;
  private Optional<BackingRoot> displacedRoot = Optional.empty();
  private Optional<LogSource.Watch> watch = Optional.empty();

  /** The session with the log; null until it could be opened. */
  private volatile FarmLog log;

  private volatile Phase phase = Phase.STARTING;
  private volatile boolean reached;
  private volatile long awaySinceNanos = System.nanoTime();
  private volatile boolean firstCatchUpOver;
  private volatile boolean begun;
  private volatile boolean scanned;
  private volatile boolean resyncing;
  private volatile boolean stopping;
  private volatile String stopReason = "";
  private volatile Consumer<JoinProgress> joinListener = progress -> {};

  /** Why apply waits before an event; empty if it does not. */
  private volatile String distrusted = "";

  /** Held by who captures, and by who changes what capture goes by. */
  private final ReentrantLock capturing = new ReentrantLock();

  /** Whether the session is of a log that has lost events which this host may know. */
  private volatile boolean reconcile;

  /** Why propagation waits for a word of the operator; empty if it does not. */
  private volatile String held = "";

  private volatile Optional<ReplicaStatus> lastStatus = Optional.empty();

  private enum Phase {
    STARTING,
    JOINING,
    RUNNING,
    STOPPED
  }

  Replica(
      ReplicaSettings settings,
      RuleState rules,
      LogSource source,
      Journal journal,
      InstantSource clock,
      UnaryOperator<Disk> disks,
      Boot boot) {
    this.disks = disks;
    this.boot = boot;
    this.settings = settings;
    this.rules = rules;
    this.source = source;
    this.journal = new PatientJournal(journal);
    this.clock = clock;
    this.tally = new Tally(clock);
    this.safety = new SafetyStop(settings.upkeep().safetyStop());
    this.markWriter = new MarkWriter(dirty, this.journal);
    this.settling = new Settling(new Standpoint(), dirty, this.journal, progress);
  }

  /**
   * Opens the journal in the settings' directory, or makes a new one. From here on it can be told
   * of changes.
   *
   * @param rules the state of the root in this mount's rules
   * @throws JournalException if the journal cannot be used
   */
  public static Replica open(ReplicaSettings settings, RuleState rules, LogSource source) {
    Journal journal = SqliteJournal.open(settings.directory().resolve("journal.db"));
    return new Replica(
        settings,
        rules,
        source,
        journal,
        InstantSource.system(),
        UnaryOperator.identity(),
        Boot.current());
  }

  /** The identity of this host's state. */
  public UUID incarnation() {
    return journal.incarnation();
  }

  /** To be told how a join gets on, from {@link #start} until it returns. */
  public void onJoin(Consumer<JoinProgress> listener) {
    joinListener = listener;
  }

  /** Whether this host has joined its farm already. */
  public boolean isJoined() {
    return journal.standing().joined();
  }

  /**
   * Joins the farm if this host never did, and starts to propagate.
   *
   * @param namespace the tree; nobody is served by it yet
   * @throws QueueException.Refused if database or farm say no
   * @throws QueueException.Unreachable if the host never joined and the database is away
   * @throws QueueException.Corrupt if the host never joined and the log cannot be trusted
   * @throws ErrnoException if the application root cannot be read or written
   */
  public void start(Namespace namespace) throws QueueException, ErrnoException {
    disk =
        disks.apply(
            new RootDisk(
                namespace.applicationRoot(),
                new AccountFiles(Path.of("/etc/passwd"), Path.of("/etc/group"))));
    placer = new Placer(disk, namespace, clock, session.toString().substring(0, 8), crew);
    placer.prepare();
    placer.lookFor(journal::withContent);
    applier = new Applier(disk, rules, journal, dirty, placer, tally, tooLarge, clock);
    applier.afterApply(afterApply);
    applier.recover();
    capture =
        new Capture(
            disk,
            namespace,
            rules,
            journal,
            dirty,
            tally,
            tooLarge,
            clock,
            settings.host(),
            authors);
    capture.guardedBy(this::admitsDeletes);
    applier.offers(offer -> request(List.of(offer), Optional.empty()));
    largeFiles = new LargeFiles(disk, clock);
    capture.aside(largeFiles);
    fetches = new Fetches(placer.fetching());
    placer.aside(fetches);
    applier.aside(fetches);
    scan = new Scan(disk, rules, journal, dirty);
    verifier = newVerifier();
    dirty.restore(journal.marks());
    boolean joined = applier.standing().joined();
    try {
      FarmLog opened = connect();
      if (!joined) {
        join(opened);
      }
    } catch (QueueException.Rewound e) {
      if (!joined) {
        throw e;
      }
      rewound(e);
    } catch (QueueException.Unreachable e) {
      if (!joined) {
        throw e;
      }
      away(e);
    } catch (QueueException.Corrupt e) {
      if (!joined) {
        throw e;
      }
      stop(e.getMessage());
    }
    phase = phase == Phase.STOPPED ? phase : Phase.RUNNING;
    if (joined) {
      holdIfEmptied();
    }
    begin("journal", () -> markWriter.run(GROUP_MILLIS));
    if (phase == Phase.RUNNING) {
      begin("capture", this::runCapture);
      begin("apply", this::runApply);
      begin("lease", this::runLease);
      begin("writes", () -> runWrites(namespace));
      begin("send", () -> runAside(largeFiles::await, largeFiles::step, captureSignal));
      begin("fetch", () -> runAside(fetches::await, fetches::step, applySignal));
      begin("scrub", () -> verifier.run(scrubSignal, this::goesOn, this::holdIfMissing));
      begin("watch", this::runWatch);
      watch = Optional.of(source.watch(this::heard));
    }
  }

  private void heard(long head) {
    tally.head(head);
    applySignal.raise();
  }

  /** Opens the session if there is none, and makes sure that the log is the one known. */
  private FarmLog connect() throws QueueException {
    FarmLog current = log;
    return current != null ? current : connectAnew();
  }

  private FarmLog connectAnew() throws QueueException {
    FarmLog opened = openSession();
    try {
      Standing standing = applier.standing();
      Head head = opened.head();
      LogIdentity identity = LogIdentity.of(opened, standing, journal.farm(), journal.newest());
      if (identity == LogIdentity.REWOUND) {
        LOG.error(
            "the log has lost events that this host has applied: the database was restored from an"
                + " older state, or has failed over; the log begins a new epoch");
        opened.recovery().beginEpoch();
        throw new QueueException.Rewound(standing.position(), "the log begins a new epoch");
      }
      if (identity == LogIdentity.CONTINUED) {
        LOG.warn("the log has begun a new epoch; nothing that this host knows was lost");
        stand(new Standing(Optional.of(head.epoch()), standing.position(), standing.event(), true));
      }
      if (journal.farm().isEmpty()) {
        journal.commit(new JournalUpdate().farm(opened.recovery().farm()));
      }
      reconcile = identity == LogIdentity.RESTARTED;
      tally.rewound(head.position());
      tally.own(head.position());
    } catch (QueueException e) {
      opened.close();
      throw e;
    }
    log = opened;
    reached = true;
    return opened;
  }

  private FarmLog openSession() throws QueueException {
    return source.open(
        new Membership(
            settings.host(), journal.incarnation(), session, settings.mode(), settings.root()));
  }

  private void stand(Standing now) {
    journal.commit(new JournalUpdate().standing(now));
    applier.stand(now);
  }

  /** The session is of a log that is no more: apply opens another, and compares. */
  private void rewound(QueueException.Rewound e) {
    LOG.warn("{}", e.getMessage());
    FarmLog current = log;
    log = null;
    reached = false;
    if (current != null) {
      current.close();
    }
    applySignal.raise();
  }

  /** Nothing is captured meanwhile. */
  private void reconcile(FarmLog current) throws QueueException, ErrnoException {
    capturing.lock();
    try {
      capture.forget();
      applier.stand(new Reconciliation(rules, journal, dirty, markWriter, clock).run(current));
      reconcile = false;
    } finally {
      capturing.unlock();
    }
    captureSignal.raise();
  }

  private void join(FarmLog opened) throws QueueException, ErrnoException {
    phase = Phase.JOINING;
    applier.stand(newJoin().run(opened));
  }

  private Join newJoin() throws ErrnoException {
    return new Join(
        disk,
        rules,
        journal,
        dirty,
        placer,
        displaced(),
        clock,
        told -> joinListener.accept(told),
        crew.helpers());
  }

  private synchronized Displaced displaced() throws ErrnoException {
    Path directory = settings.directory().resolve("displaced");
    try {
      if (!Files.isDirectory(directory)) {
        Files.createDirectory(
            directory,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      }
    } catch (IOException e) {
      throw new ErrnoException(Errno.EIO, "cannot make " + directory + ": " + e.getMessage());
    }
    if (displacedRoot.isEmpty()) {
      displacedRoot = Optional.of(BackingRoot.open(directory.toString()));
    }
    return new Displaced(
        disk,
        new RootDisk(
            displacedRoot.get(), new AccountFiles(Path.of("/etc/passwd"), Path.of("/etc/group"))),
        DISPLACED.format(clock.instant()));
  }

  /** What a thread does. */
  @FunctionalInterface
  private interface Body {
    void run() throws QueueException, ErrnoException, InterruptedException;
  }

  private void begin(String name, Body body) {
    Thread thread = new Thread(() -> live(name, body), "trifold-" + name);
    thread.setDaemon(true);
    threads.add(thread);
    thread.start();
  }

  @SuppressWarnings("CatchingUnchecked") // Whatever ends a thread is to be seen in the status.
  private void live(String name, Body body) {
    try {
      body.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      stop("the " + name + " thread was interrupted");
    } catch (QueueException | ErrnoException | JournalException e) {
      LOG.debug("the {} thread ends", name, e);
      stop(e.getMessage());
    } catch (RuntimeException | Error e) {
      LOG.error("the {} thread died", name, e);
      stop("the " + name + " thread died: " + e);
    }
  }

  private void stop(String reason) {
    if (stopping || phase == Phase.STOPPED) {
      return;
    }
    stopReason = reason;
    phase = Phase.STOPPED;
    tally.failed(reason);
    progress.made();
    LOG.error("propagation stopped: {}", reason);
    wakeAll();
  }

  private void wakeAll() {
    captureSignal.raise();
    applySignal.raise();
    leaseSignal.raise();
    writesSignal.raise();
    Optional.ofNullable(largeFiles).ifPresent(LargeFiles::wake);
    Optional.ofNullable(fetches).ifPresent(Fetches::wake);
    scrubSignal.raise();
    watchSignal.raise();
    trustSignal.raise();
  }

  private boolean goesOn() {
    return !stopping && phase == Phase.RUNNING;
  }

  private Verifier newVerifier() {
    Scrub scrub =
        new Scrub(
            disk,
            rules,
            journal,
            dirty,
            placer,
            settings.upkeep(),
            clock,
            new ScrubMemory(settings.directory().resolve("scrub.json")));
    return new Verifier(
        scrub,
        journal,
        () ->
            Optional.ofNullable(log)
                .filter(l -> isReachable() && scanned && !reconcile && held.isEmpty()),
        applySignal);
  }

  /** For the status: whether the host is in sync, as the last verification found. */
  public String inSync() {
    return verifier == null ? "not verified yet" : verifier.inSync(clock.instant());
  }

  /** Verification of this host. */
  public Verifier verifier() {
    return verifier;
  }

  /**
   * Mends what a verification found, and waits until it is mended.
   *
   * @param told what is done about each, in a few words
   */
  public void repair(List<Divergence> divergences, Verifier.Mended told)
      throws Verifier.NotNow, QueueException, ErrnoException, InterruptedException {
    Repair repair = new Repair(disk, journal, dirty, displaced(), clock);
    verifier.mend(repair, divergences, told, () -> dirty.isEmpty() && !capture.isBusy());
  }

  /**
   * Goes on although so much is gone: it was meant.
   *
   * @return why it was held; empty if it was not
   */
  public String resume() throws ErrnoException {
    String reason = held;
    if (!reason.isEmpty()) {
      LOG.warn("resumed by the operator: {}", reason);
      safety.resume(clock.instant());
      scan.believe(scan.missing());
      markWriter.nudge();
      held = "";
      wakeAll();
    }
    return reason;
  }

  private void hold(String reason) {
    if (held.isEmpty()) {
      held = reason;
      tally.failed(reason);
      LOG.error(
          "nothing is propagated any more: {}; put back what is missing, or, if it was meant:"
              + " trifold resume {}",
          reason,
          settings.root());
    }
  }

  private boolean admitsDeletes(long deletes, long puts) {
    Optional<String> reason = safety.told(deletes, puts, journal::existing, clock.instant());
    reason.ifPresent(this::hold);
    return reason.isEmpty();
  }

  /** A root that is empty, or another one, is not to be filled with what is read from the log. */
  private void holdIfEmptied() throws ErrnoException {
    Scan.Missing some = scan.sample(SAMPLE);
    if (safety.found(some.known(), some.paths().size()).isPresent()) {
      Scan.Missing all = scan.missing();
      safety.found(all.known(), all.paths().size()).ifPresent(this::hold);
    }
  }

  private void holdIfMissing(VerifyReport report) {
    safety.found(report.paths(), report.missing()).ifPresent(this::hold);
  }

  private void runWatch() throws ErrnoException, InterruptedException {
    while (goesOn()) {
      watchSignal.await(SAMPLE_MILLIS);
      if (goesOn() && scanned && held.isEmpty()) {
        holdIfEmptied();
      }
    }
  }

  /** Waits while propagation is held. */
  private void awaitRelease(Signal signal) throws InterruptedException {
    while (goesOn() && !held.isEmpty()) {
      signal.await(IDLE_MILLIS);
    }
  }

  private void away(QueueException.Unreachable e) {
    if (reached || tally.lastError().isEmpty()) {
      LOG.warn("the queue is away, changes are kept in the journal: {}", e.getMessage());
    }
    tally.failed(e.getMessage());
    if (reached) {
      awaySinceNanos = System.nanoTime();
    }
    reached = false;
  }

  private void back() {
    if (!reached) {
      reached = true;
      LOG.info("the queue is back");
      captureSignal.raise();
    }
  }

  private void runApply() throws QueueException, ErrnoException, InterruptedException {
    Backoff backoff = new Backoff();
    boolean bound = false;
    while (goesOn()) {
      try {
        awaitRelease(applySignal);
        FarmLog current = connect();
        if (reconcile) {
          reconcile(current);
        }
        if (!begun && !begins(current)) {
          continue;
        }
        if (!bound) {
          applyNewlyBound(current);
          bound = true;
        }
        boolean busy = applies(current);
        back();
        backoff.reset();
        boolean waiting = applier.survey();
        progress.made();
        leaseSignal.raise();
        if (!dirty.isEmpty()) {
          captureSignal.raise();
        }
        if (!busy) {
          applySignal.await(waiting ? WAITING_MILLIS : IDLE_MILLIS);
        }
      } catch (QueueException.Rewound e) {
        rewound(e);
        applySignal.await(backoff.nextMillis());
      } catch (QueueException.Unreachable e) {
        // The scan waits until the log has been read once: after a crash the disk may hold what was
        // placed and not yet noted, and that must not be taken for a change made here.
        away(e);
        applySignal.await(backoff.nextMillis());
      }
    }
  }

  private boolean step(FarmLog current) throws QueueException, ErrnoException {
    try {
      return applier.step(current);
    } catch (QueueException.TooOld e) {
      resyncing = true;
      try {
        applier.stand(new Resync(journal, applier, crew.helpers()).run(current));
      } finally {
        resyncing = false;
      }
      return true;
    }
  }

  /** An event that cannot be trusted is where apply waits; nothing behind it is let through. */
  private boolean applies(FarmLog current)
      throws QueueException, ErrnoException, InterruptedException {
    try {
      boolean busy = step(current);
      if (!firstCatchUpOver && (!busy || applier.standing().position() >= tally.head())) {
        // What was placed by a retry just before a crash is no change made here, either.
        applier.retry(current);
        firstCatchUpOver = true;
        captureSignal.raise();
      }
      if (!busy) {
        busy = applier.retry(current);
      }
      distrusted = "";
      return busy;
    } catch (QueueException.Corrupt e) {
      if (!distrusted.equals(e.getMessage())) {
        distrusted = e.getMessage();
        tally.failed(distrusted);
        progress.made();
        LOG.error(
            "nothing behind it is applied: {}; when it is clear why: trifold skip {} {}",
            distrusted,
            e.position(),
            settings.root());
      }
      firstCatchUpOver = true;
      captureSignal.raise();
      trustSignal.await(DISTRUST_MILLIS);
      // The key's file may have been brought up to date.
      renewSession(current);
      return true;
    }
  }

  /** Opens another session, by the keys that are in their file now. */
  public void reconnect() {
    FarmLog current = log;
    if (current != null) {
      renewSession(current);
      wakeAll();
    }
  }

  private void renewSession(FarmLog current) {
    capturing.lock();
    try {
      log = null;
    } finally {
      capturing.unlock();
    }
    current.close();
  }

  /**
   * Passes over an event that cannot be trusted, on all hosts. What stands here at its path is put
   * into the log again.
   *
   * @return the path; empty if there was no event
   */
  public Optional<String> skip(long position) throws Verifier.NotNow, QueueException {
    FarmLog current = Optional.ofNullable(log).orElseThrow(Verifier::away);
    long next = applier.standing().position() + 1;
    if (distrusted.isEmpty() || position < next) {
      throw new QueueException.Refused(
          "there is nothing to skip at " + position + ": this host waits for no such event");
    }
    boolean latest = isLatest(current, position);
    Optional<String> path = current.skip(position);
    if (latest && path.filter(PathNames::valid).isPresent() && dirty.claim(path.get())) {
      try {
        journal.commit(
            new JournalUpdate()
                .index(
                    new IndexEntry(path.get(), position, State.NOTHING_KNOWN, Optional.empty())));
      } finally {
        dirty.release(List.of(path.get()));
      }
      dirty.mark(path.get(), false, false);
      markWriter.nudge();
    }
    wakeAll();
    return path;
  }

  private static boolean isLatest(FarmLog current, long position) throws QueueException {
    return current.verifications().isLatest(position);
  }

  /** What was passed because no rule propagated it, and is propagated by today's rules. */
  private void applyNewlyBound(FarmLog current) throws QueueException, ErrnoException {
    Optional<Join> meeting = Optional.empty();
    for (Unapplied row : journal.unbound()) {
      if (!Kind.ABSENT.travels(PathNames.rules(rules, row.path()))) {
        continue;
      }
      var state = current.state(row.path());
      if (state.isPresent()) {
        if (meeting.isEmpty()) {
          meeting = Optional.of(newJoin());
        }
        meeting.get().meet(current, state.get());
      }
    }
    if (meeting.isPresent()) {
      meeting.get().flush(current);
    }
  }

  private void runCapture() throws QueueException, ErrnoException, InterruptedException {
    while (goesOn() && !firstCatchUpOver) {
      captureSignal.await(IDLE_MILLIS);
    }
    awaitRelease(captureSignal);
    if (goesOn()) {
      Scan.Missing missing = scan.run();
      if (isPlausible(missing)) {
        scan.believe(missing);
      }
      scanned = true;
      progress.made();
    }
    Backoff backoff = new Backoff();
    while (goesOn()) {
      awaitRelease(captureSignal);
      FarmLog current = log;
      if (current == null || reconcile || (dirty.isEmpty() && !capture.isBusy())) {
        captureSignal.await(IDLE_MILLIS);
        continue;
      }
      try {
        // What is changed together arrives together, where nobody waits for it. More comes together
        // by itself while the batch before is under way.
        if (!dirty.isHurried()) {
          LockSupport.parkNanos(TOGETHER_NANOS);
        }
        if (captures(current)) {
          back();
          applySignal.raise();
          progress.made();
        } else {
          captureSignal.await(WAITING_MILLIS);
        }
        backoff.reset();
      } catch (QueueException.Rewound e) {
        rewound(e);
      } catch (QueueException.Unreachable e) {
        away(e);
        captureSignal.await(backoff.nextMillis());
      }
    }
  }

  /**
   * Before anything is applied or captured: what a crash of the machine has done to the disk is not
   * taken for a change.
   *
   * @return false if so much is gone that propagation is held
   */
  private boolean begins(FarmLog current) throws QueueException, ErrnoException {
    String last = journal.boot();
    boolean wentDown = !last.isEmpty() && !last.equals(boot.id());
    if (wentDown) {
      Scan.Missing missing = scan.missing();
      if (!isPlausible(missing)) {
        return false;
      }
      Aftermath aftermath =
          new Aftermath(disk, journal, dirty, current, displaced(), boot.since(), clock);
      LOG.warn(
          "the machine went down while this was mounted: {} paths are brought back as the log has"
              + " them",
          aftermath.run(scan, missing));
    }
    int setBack = new SetBack(disk, rules, journal, current, clock).run(wentDown);
    if (setBack > 0) {
      LOG.warn("the disk is older than what this host has sent: {} paths are brought up", setBack);
    }
    journal.commit(new JournalUpdate().boot(boot.id()));
    begun = true;
    return true;
  }

  /** Whether so few are gone that they may have been deleted; otherwise propagation is held. */
  private boolean isPlausible(Scan.Missing missing) {
    safety.found(missing.known(), missing.paths().size()).ifPresent(this::hold);
    return held.isEmpty();
  }

  private boolean captures(FarmLog current) throws QueueException {
    capturing.lock();
    try {
      return !reconcile && log == current && capture.step(current);
    } finally {
      capturing.unlock();
    }
  }

  /** What is written while a file stays open is sent every few seconds. */
  private void runWrites(Namespace namespace) throws ErrnoException, InterruptedException {
    while (goesOn()) {
      writesSignal.await(WRITES_MILLIS);
      if (goesOn()) {
        namespace.tellOfWrites();
      }
    }
  }

  private interface Awaiting {
    boolean work(long millis) throws InterruptedException;
  }

  private interface Step {
    void run(FarmLog log, BooleanSupplier goesOn) throws QueueException;
  }

  /** What is done aside for large files; the signal is raised after each. */
  private void runAside(Awaiting awaiting, Step step, Signal signal)
      throws QueueException, InterruptedException {
    Backoff backoff = new Backoff();
    while (goesOn()) {
      FarmLog current = log;
      if (!awaiting.work(IDLE_MILLIS)) {
        continue;
      }
      try {
        if (current == null || reconcile || !held.isEmpty()) {
          Thread.sleep(WAITING_MILLIS);
        } else {
          step.run(current, this::goesOn);
          backoff.reset();
          signal.raise();
        }
      } catch (QueueException.Rewound e) {
        rewound(e);
        Thread.sleep(backoff.nextMillis());
      } catch (QueueException.Unreachable e) {
        away(e);
        Thread.sleep(backoff.nextMillis());
      }
    }
  }

  /** Tells the farm that the host lives, and how far it is: others may wait for that. */
  private void runLease() throws QueueException, InterruptedException {
    Acknowledgement told = Acknowledgement.NONE;
    long beaten = System.nanoTime() - LEASE_MILLIS * 1_000_000;
    while (goesOn()) {
      leaseSignal.await(LEASE_MILLIS);
      FarmLog current = log;
      Acknowledgement now = Acknowledgement.of(applier.standing().position(), applier.reached());
      boolean due = System.nanoTime() - beaten >= LEASE_MILLIS * 1_000_000;
      if (current == null || !goesOn() || (now.equals(told) && !due)) {
        continue;
      }
      try {
        current.acknowledge(now.position(), now.applied(), now.parked());
        told = now;
        beaten = System.nanoTime();
        Thread.sleep(now.applied() < tally.head() ? FAR_MILLIS : NEAR_MILLIS);
      } catch (QueueException.Rewound e) {
        rewound(e);
      } catch (QueueException.Unreachable e) {
        away(e);
      }
    }
  }

  private boolean isReachable() {
    FarmLog current = log;
    return phase != Phase.STOPPED && reached && current != null && current.reachable();
  }

  /**
   * @throws ErrnoException {@code EROFS} while the queue is away and the path's rule refuses
   *     changes then; {@code ENOSPC} if so many changes wait for it already that no more are taken
   */
  @Override
  public void admit(String path) throws ErrnoException {
    if (!isReachable()) {
      if (dirty.size() >= settings.upkeep().journalLimit() && !dirty.isDirty(path)) {
        throw new ErrnoException(
            Errno.ENOSPC, path + ": the queue is away, and the journal is full of changes");
      }
      RuleState state = PathNames.rules(rules, path);
      if (refuses(state.file()) || refuses(state.directory())) {
        throw new ErrnoException(Errno.EROFS, path + ": the queue is away");
      }
    }
  }

  private static boolean refuses(Decision decision) {
    return decision.binding() == Binding.PROPAGATED
        && decision.options().offline() == Options.Offline.REFUSE;
  }

  @Override
  public void changed(String path) {
    mark(path, false);
  }

  @Override
  public void changed(String path, Caller by) {
    hold(path, by);
    authors.changed(path, by);
    mark(path, false);
  }

  @Override
  public void moved(String from, String to, Caller by) {
    hold(to, by);
    hold(from, by);
    authors.changed(to, by);
    authors.changed(from, by);
    moved(from, to);
  }

  @Override
  public void moved(String from, String to) {
    if (PathNames.isHidden(from) || PathNames.isHidden(to)) {
      changedTree(to);
      changedTree(from);
      return;
    }
    dirty.markMoved(from, to, clock.instant());
    markWriter.nudge();
    captureSignal.raise();
  }

  private void hold(String path, Caller by) {
    changeSets.of(by.pid()).ifPresent(set -> dirty.hold(path, set));
  }

  @Override
  public void changedTree(String path) {
    mark(path, true);
  }

  private void mark(String path, boolean subtree) {
    if (!PathNames.isHidden(path)) {
      dirty.mark(path, subtree, true);
      markWriter.nudge();
      captureSignal.raise();
    }
  }

  @Override
  public void persist(String path) throws ErrnoException {
    try {
      boolean durable =
          !dirty.isDirty(path) || markWriter.persist(() -> !journal.trouble().isEmpty());
      String trouble = journal.trouble();
      if (!trouble.isEmpty()) {
        throw new ErrnoException(Errno.ENOSPC, path + ": " + trouble);
      }
      if (!durable) {
        throw new ErrnoException(Errno.EIO, path + ": the journal is not written any more");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ErrnoException(Errno.EINTR, path);
    }
  }

  @Override
  public void settle(String path, Options options) throws ErrnoException {
    // What is held back for a change set is sent at its end: who makes it cannot wait for that.
    if (dirty.holder(path).filter(changeSets::isOpen).isEmpty()) {
      settling.settle(path, options);
    }
  }

  /** Who is told of what is applied. To be called before {@link #start}. */
  public void afterApply(AfterApply next) {
    afterApply = next;
  }

  /** Where this host is in the log, for who wants to read here what was written elsewhere. */
  public Positions positions() {
    return positions;
  }

  private void hurry() {
    captureSignal.raise();
    applySignal.raise();
  }

  private final class Standpoint implements Positions.Standpoint, Settling.Standpoint {
    @Override
    public Optional<FarmLog> log() {
      return Optional.ofNullable(log);
    }

    @Override
    public long awayNanos() {
      return isReachable() ? 0 : System.nanoTime() - awaySinceNanos;
    }

    @Override
    public void hurry() {
      Replica.this.hurry();
    }

    @Override
    public Optional<UUID> epoch() {
      FarmLog current = log;
      return current == null ? journal.standing().epoch() : Optional.of(current.epoch());
    }

    @Override
    public boolean scanned() {
      return scanned;
    }

    @Override
    public OptionalLong own() {
      return tally.own();
    }

    @Override
    public Reached reached() {
      return applier.reached();
    }

    @Override
    public Optional<String> stopped() {
      return phase == Phase.STOPPED ? Optional.of(stateText()) : Optional.empty();
    }

    @Override
    public OptionalLong head() throws QueueException {
      FarmLog current = log;
      if (current == null) {
        return OptionalLong.empty();
      }
      try {
        return OptionalLong.of(current.head().position());
      } catch (QueueException.Unreachable e) {
        return OptionalLong.empty();
      }
    }

    @Override
    public Optional<String> trouble() {
      return isReachable() || tally.lastError().isEmpty()
          ? Optional.empty()
          : Optional.of("the queue is away: " + tally.lastError());
    }
  }

  /**
   * The session with the farm's log.
   *
   * @throws QueueException.Unreachable if there is none yet, or none any more
   */
  public FarmLog log() throws QueueException.Unreachable {
    FarmLog current = log;
    if (current == null || phase != Phase.RUNNING) {
      throw new QueueException.Unreachable(
          "propagation is " + stateText() + ": the history is in the database", null);
    }
    return current;
  }

  /** Whether this host's rules propagate what the change puts, or deletes, at its path. */
  public boolean propagates(Change change) {
    return isPath(change.path())
        && State.after(change).kind().travels(PathNames.rules(rules, change.path()));
  }

  /** Whether it is the path of something that can be propagated, relative to the root. */
  public static boolean isPath(String path) {
    return PathNames.valid(path);
  }

  /**
   * Appends changes that do not come from the disk, all or none, and waits until that is done. Each
   * is for the version that it is based on; see its outcome. They come to this host's disk as to
   * the others'.
   *
   * @param changeSet that they are, if they are to be one
   * @return the outcomes by path
   * @throws QueueException.MissingChunks if their content is no longer kept
   */
  public Map<String, Outcome> offer(List<Offer> offers, Optional<UUID> changeSet)
      throws QueueException, InterruptedException {
    return ask(offers, changeSet);
  }

  /**
   * Begins a change set: what the children of this process change from now on is held back.
   *
   * @param root the process
   */
  public void beginChangeSet(UUID changeSet, int root) {
    changeSets.begin(changeSet, root);
  }

  /** Whether the change set is being made on this host. */
  public boolean isOpenChangeSet(UUID changeSet) {
    return changeSets.isOpen(changeSet);
  }

  /**
   * Ends a change set and has it appended.
   *
   * @return the outcomes by path; empty if nothing was changed, or it was over already
   * @throws QueueException.Refused if it is too large, and what was changed is sent as ordinary
   *     changes are
   */
  public Map<String, Outcome> endChangeSet(UUID changeSet)
      throws QueueException, InterruptedException {
    if (!changeSets.end(changeSet)) {
      return Map.of();
    }
    return ask(List.of(), Optional.of(changeSet));
  }

  private Map<String, Outcome> ask(List<Offer> offers, Optional<UUID> changeSet)
      throws QueueException, InterruptedException {
    if (!offers.isEmpty()) {
      // What is on the disk waits for a session; what a user wants of the log does not.
      log();
    }
    Requests.Request request = request(offers, changeSet);
    try {
      return Requests.await(request);
    } finally {
      if (!request.ofDisk()) {
        capture.requests().remove(request);
      }
    }
  }

  private Requests.Request request(List<Offer> offers, Optional<UUID> changeSet) {
    Requests.Request request = capture.requests().add(offers, changeSet, Optional.empty());
    captureSignal.raise();
    return request;
  }

  /**
   * Waits until what was changed on this host up to now is in the log.
   *
   * @throws QueueException.Unreachable if that does not come about for a while
   */
  public void awaitSent() throws QueueException.Unreachable, InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!dirty.isEmpty() || capture.isBusy()) {
      log();
      if (System.nanoTime() - end > 0) {
        throw new QueueException.Unreachable(
            dirty.size() + " changed paths of this host are not in the log yet: try again", null);
      }
      captureSignal.raise();
      Thread.sleep(10);
    }
  }

  /** Waits until this host has applied the log up to this position. */
  public void awaitApplied(long position) throws QueueException.Unreachable, InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (applier.standing().position() < position) {
      log();
      if (System.nanoTime() - end > 0) {
        throw new QueueException.Unreachable(
            "it is in the log at position " + position + ", and not on this disk yet", null);
      }
      applySignal.raise();
      Thread.sleep(10);
    }
  }

  /**
   * How a path stands, in a few words: {@code synced POSITION}, {@code pending}, {@code deferred},
   * {@code parked: REASON}, {@code rejected: REASON}, or {@code unknown}.
   */
  public String stateOf(String path) {
    if (phase == Phase.STOPPED && lastStatus.isPresent()) {
      return "unknown";
    }
    if (dirty.isDirty(path)) {
      return "pending";
    }
    Optional<Unapplied> row = journal.unapplied(path);
    if (row.isPresent()) {
      return switch (row.get().cause()) {
        case DEFERRED, FETCHED, OVERRULED, REINSTATED -> "deferred";
        case PARKED -> "parked: " + row.get().reason();
        case UNBOUND, REFUSED -> "rejected: " + row.get().reason();
      };
    }
    return journal
        .entry(path)
        .filter(entry -> entry.state().exists())
        .map(entry -> "synced " + entry.version())
        .orElse("unknown");
  }

  /** Up to which position the log is applied here. */
  public long position() {
    return applier.standing().position();
  }

  /** How it does. Neither needs the database nor waits for it; after the end, how it ended. */
  public ReplicaStatus status() {
    return lastStatus.orElseGet(() -> status(stateText()));
  }

  private String stateText() {
    if (phase == Phase.STOPPED) {
      return "stopped: " + stopReason;
    }
    if (!journal.trouble().isEmpty()) {
      return "waiting for space: " + journal.trouble();
    }
    if (!held.isEmpty()) {
      return "held: " + held + "; if it was meant: trifold resume " + settings.root();
    }
    if (reconcile) {
      return "reconciling with a log that was restored";
    }
    if (phase != Phase.RUNNING) {
      return phase.name().toLowerCase(Locale.ROOT);
    }
    if (!isReachable()) {
      return dirty.size() >= settings.upkeep().journalLimit()
          ? "away, and the journal is full: changes of propagated paths are refused"
          : "away";
    }
    if (!distrusted.isEmpty()) {
      return "distrusts the log: " + distrusted;
    }
    if (resyncing) {
      return "resynchronising";
    }
    boolean caughtUp = scanned && applier.standing().position() >= tally.head();
    return caughtUp ? "live" : "catching-up";
  }

  private ReplicaStatus status(String state) {
    int deferred = 0;
    List<ReplicaStatus.Parked> parked = new ArrayList<>();
    for (Unapplied row : journal.waiting()) {
      if (row.cause() != Unapplied.Cause.PARKED) {
        deferred++;
      } else {
        parked.add(
            new ReplicaStatus.Parked(
                row.path(), row.position(), row.reason(), row.since(), row.attempts()));
      }
    }
    return new ReplicaStatus(
        settings.host(),
        journal.incarnation(),
        state,
        journal.standing().position(),
        tally.head(),
        dirty.size() + (capture != null && capture.isBusy() && dirty.isEmpty() ? 1 : 0),
        deferred,
        parked,
        journal.count(Counter.REJECTED),
        journal.count(Counter.DISPLACED),
        journal.count(Counter.CONFLICTS),
        journal.count(Counter.KEPT_DIRECTORIES),
        tally.specialFiles(),
        tooLarge.files(),
        tally.lastError(),
        tally.lastApplied());
  }

  /**
   * Sends what is dirty, for as long as the settings say and the queue is there, and ends. What is
   * left stays in the journal and is sent after the next start. To be called once nobody changes
   * anything any more.
   */
  @Override
  public synchronized void close() {
    if (lastStatus.isPresent()) {
      return;
    }
    try {
      drain(settings.drain());
      journal.end();
      String ended = phase == Phase.STOPPED ? stateText() : "stopped: closed";
      stopping = true;
      wakeAll();
      watch.ifPresent(LogSource.Watch::close);
      joinThreads(
          "trifold-capture",
          "trifold-apply",
          "trifold-send",
          "trifold-fetch",
          "trifold-lease",
          "trifold-writes",
          "trifold-scrub",
          "trifold-watch");
      leave();
      markWriter.close();
      joinThreads("trifold-journal");
      if (begun) {
        journal.commit(new JournalUpdate().boot(""));
      }
      ReplicaStatus last = status(ended);
      lastStatus = Optional.of(last);
      if (last.pending() > 0) {
        LOG.info("{} changed paths are left in the journal for the next start", last.pending());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (JournalException e) {
      LOG.error("closing: {}", e.getMessage());
    } finally {
      stopping = true;
      phase = Phase.STOPPED;
      displacedRoot.ifPresent(BackingRoot::close);
      crew.close();
      journal.close();
    }
  }

  private void drain(Duration limit) throws InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    while (goesOn()
        && held.isEmpty()
        && journal.trouble().isEmpty()
        && isReachable()
        && (!dirty.isEmpty() || capture.isBusy())
        && System.nanoTime() - end < 0) {
      captureSignal.raise();
      Thread.sleep(10);
    }
  }

  private void joinThreads(String... names) throws InterruptedException {
    for (Thread thread : threads) {
      if (List.of(names).contains(thread.getName())) {
        thread.join(STOP_MILLIS);
        if (thread.isAlive()) {
          LOG.warn("the thread {} does not end", thread.getName());
        }
      }
    }
  }

  private void leave() {
    FarmLog current = log;
    if (current == null) {
      return;
    }
    try {
      if (current.reachable()) {
        current.leave();
      }
    } catch (QueueException e) {
      LOG.debug("the lease runs out by itself: {}", e.getMessage());
    } finally {
      current.close();
    }
  }
}
