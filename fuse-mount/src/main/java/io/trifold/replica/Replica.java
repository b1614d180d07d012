package io.trifold.replica;

import io.trifold.fuse.Caller;
import io.trifold.posix.BackingRoot;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.queue.Change;
import io.trifold.queue.FarmLog;
import io.trifold.queue.Membership;
import io.trifold.queue.Outcome;
import io.trifold.queue.QueueException;
import io.trifold.replica.Journal.Counter;
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
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
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
 * lives, <em>writes</em> looks for what was written with no request. One that dies stops
 * propagation and leaves its reason in the log and in the status; callers' reads and writes go on,
 * and what they change is recorded or found by the next start's scan.
 */
public final class Replica implements ChangeObserver, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Replica.class);
  private static final DateTimeFormatter DISPLACED =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss.SSS'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final long GROUP_MILLIS = 3;
  private static final long TOGETHER_MILLIS = 1;
  private static final long IDLE_MILLIS = 5_000;
  private static final long WAITING_MILLIS = 100;
  private static final long LEASE_MILLIS = 4_000;
  private static final long WRITES_MILLIS = 2_000;
  private static final long STOP_MILLIS = 10_000;
  private static final int STAGING_THREADS = 4;
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  /** How long a word on how far this host is stands: near the log's end others may wait for it. */
  private static final long NEAR_MILLIS = 3;

  private static final long FAR_MILLIS = 100;

  private final ReplicaSettings settings;
  private final RuleState rules;
  private final LogSource source;
  private final Journal journal;
  private final InstantSource clock;
  private final UUID session = UUID.randomUUID();
  private final Tally tally;
  private final DirtySet dirty = new DirtySet();
  private final TooLarge tooLarge = new TooLarge();
  private final MarkWriter markWriter;
  private final OpenChangeSets changeSets = new OpenChangeSets(Processes.PROC);
  private final Authors authors =
      new Authors(new AccountFiles(Path.of("/etc/passwd"), Path.of("/etc/group")));
  private final Signal captureSignal = new Signal();
  private final Signal applySignal = new Signal();
  private final Signal leaseSignal = new Signal();
  private final Signal writesSignal = new Signal();
  private final Progress progress = new Progress();
  private final Settling settling;
  private final Positions positions = new Positions(new Standpoint(), dirty, progress, this::hurry);
  private final List<Thread> threads = new ArrayList<>();
  private final StagingCrew crew = StagingCrew.of(STAGING_THREADS);

  private AfterApply afterApply = paths -> {};
  private Disk disk;
  private Applier applier;
  private Capture capture;
  private Placer placer;
  private LargeFiles largeFiles;
  private Fetches fetches;
  private Optional<BackingRoot> displacedRoot = Optional.empty();
  private Optional<LogSource.Watch> watch = Optional.empty();

  /** The session with the log; null until it could be opened. */
  private volatile FarmLog log;

  private volatile Phase phase = Phase.STARTING;
  private volatile boolean reached;
  private volatile long awaySinceNanos = System.nanoTime();
  private volatile boolean firstCatchUpOver;
  private volatile boolean scanned;
  private volatile boolean resyncing;
  private volatile boolean stopping;
  private volatile String stopReason = "";
  private volatile Consumer<JoinProgress> joinListener = progress -> {};
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
      InstantSource clock) {
    this.settings = settings;
    this.rules = rules;
    this.source = source;
    this.journal = journal;
    this.clock = clock;
    this.tally = new Tally(clock);
    this.markWriter = new MarkWriter(dirty, journal);
    this.settling = new Settling(new Standpoint(), dirty, journal, progress);
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
    return new Replica(settings, rules, source, journal, InstantSource.system());
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
        new RootDisk(
            namespace.applicationRoot(),
            new AccountFiles(Path.of("/etc/passwd"), Path.of("/etc/group")));
    placer = new Placer(disk, namespace, clock, session.toString().substring(0, 8), crew);
    placer.prepare();
    applier = new Applier(disk, rules, journal, dirty, placer, tally, tooLarge, clock);
    applier.afterApply(afterApply);
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
    largeFiles = new LargeFiles(disk, clock);
    capture.aside(largeFiles);
    fetches = new Fetches(placer.fetching());
    placer.aside(fetches);
    applier.aside(fetches);
    dirty.restore(journal.marks());
    boolean joined = applier.standing().joined();
    try {
      FarmLog opened = connect();
      if (!joined) {
        join(opened);
      }
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
    begin("journal", () -> markWriter.run(GROUP_MILLIS));
    if (phase == Phase.RUNNING) {
      begin("capture", this::runCapture);
      begin("apply", this::runApply);
      begin("lease", this::runLease);
      begin("writes", () -> runWrites(namespace));
      begin("send", () -> runAside(largeFiles::await, largeFiles::step, captureSignal));
      begin("fetch", () -> runAside(fetches::await, fetches::step, applySignal));
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
    if (current != null) {
      return current;
    }
    FarmLog opened =
        source.open(
            new Membership(
                settings.host(), journal.incarnation(), session, settings.mode(), settings.root()));
    try {
      long head = LogIdentity.verify(opened, applier.standing()).position();
      tally.head(head);
      tally.own(head);
    } catch (QueueException e) {
      opened.close();
      throw e;
    }
    log = opened;
    reached = true;
    return opened;
  }

  private void join(FarmLog opened) throws QueueException, ErrnoException {
    phase = Phase.JOINING;
    applier.stand(newJoin().run(opened));
  }

  private Join newJoin() throws ErrnoException {
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
    BackingRoot root = BackingRoot.open(directory.toString());
    displacedRoot.ifPresent(BackingRoot::close);
    displacedRoot = Optional.of(root);
    Displaced displaced =
        new Displaced(
            disk,
            new RootDisk(root, new AccountFiles(Path.of("/etc/passwd"), Path.of("/etc/group"))),
            DISPLACED.format(clock.instant()));
    return new Join(
        disk,
        rules,
        journal,
        dirty,
        placer,
        displaced,
        clock,
        told -> joinListener.accept(told),
        crew.helpers());
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
  }

  private boolean goesOn() {
    return !stopping && phase == Phase.RUNNING;
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
        FarmLog current = connect();
        if (!bound) {
          applyNewlyBound(current);
          bound = true;
        }
        boolean busy = step(current);
        back();
        backoff.reset();
        if (!firstCatchUpOver && (!busy || applier.standing().position() >= tally.head())) {
          // What was placed by a retry just before a crash is no change made here, either.
          applier.retry(current);
          firstCatchUpOver = true;
          captureSignal.raise();
        }
        if (!busy) {
          busy = applier.retry(current);
        }
        boolean waiting = applier.survey();
        progress.made();
        leaseSignal.raise();
        if (!dirty.isEmpty()) {
          captureSignal.raise();
        }
        if (!busy) {
          applySignal.await(waiting ? WAITING_MILLIS : IDLE_MILLIS);
        }
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
    if (goesOn()) {
      new Scan(disk, rules, journal, dirty).run();
      scanned = true;
      progress.made();
    }
    Backoff backoff = new Backoff();
    while (goesOn()) {
      FarmLog current = log;
      if (current == null || (dirty.isEmpty() && !capture.isBusy())) {
        captureSignal.await(IDLE_MILLIS);
        continue;
      }
      try {
        // What is changed together arrives together, where nobody waits for it. More comes together
        // by itself while the batch before is under way.
        if (!dirty.isHurried()) {
          Thread.sleep(TOGETHER_MILLIS);
        }
        if (capture.step(current)) {
          back();
          applySignal.raise();
          progress.made();
        } else {
          captureSignal.await(WAITING_MILLIS);
        }
        backoff.reset();
      } catch (QueueException.Unreachable e) {
        away(e);
        captureSignal.await(backoff.nextMillis());
      }
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
        if (current == null) {
          Thread.sleep(WAITING_MILLIS);
        } else {
          step.run(current, this::goesOn);
          backoff.reset();
          signal.raise();
        }
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
   *     changes then
   */
  @Override
  public void admit(String path) throws ErrnoException {
    if (!isReachable()) {
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
  public void changedTree(String path, Caller by) {
    hold(path, by);
    authors.changed(path, by);
    mark(path, true);
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
      if (dirty.isDirty(path) && !markWriter.persist()) {
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
    if (dirty.holder(path).isEmpty()) {
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
    Requests.Request request = capture.requests().add(offers, changeSet, Optional.empty());
    captureSignal.raise();
    try {
      return Requests.await(request);
    } finally {
      if (!request.ofDisk()) {
        capture.requests().remove(request);
      }
    }
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
        case DEFERRED, FETCHED, OVERRULED -> "deferred";
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
    if (phase != Phase.RUNNING) {
      return phase.name().toLowerCase(Locale.ROOT);
    }
    if (!isReachable()) {
      return "away";
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
          "trifold-writes");
      leave();
      markWriter.close();
      joinThreads("trifold-journal");
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
