package io.trifold.replica;

import io.trifold.posix.BackingRoot;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.queue.Change;
import io.trifold.queue.FarmLog;
import io.trifold.queue.Outcome;
import io.trifold.queue.QueueException;
import io.trifold.replica.Journal.Counter;
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
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one host's propagated paths in step with the farm's log.
 *
 * <p>Order of calls: {@link #open}, give its {@link #observer} to the tree, {@link #start} with the
 * tree's {@link Namespace}, mount, unmount, {@link #close}.
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
public final class Replica implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Replica.class);
  private static final DateTimeFormatter DISPLACED =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss.SSS'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final long GROUP_MILLIS = 3;
  private static final long WRITES_MILLIS = 2_000;
  private static final int STAGING_THREADS = 4;
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final long SAMPLE_MILLIS = 20_000;

  private final ReplicaSettings settings;
  private final RuleState rules;
  private final LogSource source;
  private final PatientJournal journal;
  private final InstantSource clock;
  private final UnaryOperator<Disk> disks;
  private final Tally tally;
  private final DirtySet dirty = new DirtySet();
  private final TooLarge tooLarge = new TooLarge();
  private final MarkWriter markWriter;
  private final OpenChangeSets changeSets = new OpenChangeSets(Processes.PROC);
  private final Authors authors =
      new Authors(new AccountFiles(Path.of("/etc/passwd"), Path.of("/etc/group")));
  private final Boot boot;
  private final Signals signals = new Signals();
  private final Progress progress = new Progress();
  private final LogSession session;
  private final Positions positions =
      new Positions(new Standpoint(), dirty, progress, signals::hurry);
  private final ChangeIntake intake;
  private final ReplicaThreads threads = new ReplicaThreads(this::stop);
  private final StagingCrew crew = StagingCrew.of(STAGING_THREADS);

  private AfterApply afterApply = paths -> {};
  private Disk disk;
  private Applier applier;
  private Capture capture;
  private LargeFiles largeFiles;
  private Fetches fetches;
  private Placer placer;
  private Hold hold;
  private Beginning beginning;
  private CaptureLoop captureLoop;
  private ApplyLoop applyLoop;
  private Verifier verifier;
  private Optional<BackingRoot> displacedRoot = Optional.empty();
  private Optional<LogSource.Watch> watch = Optional.empty();

  private volatile Phase phase = Phase.STARTING;
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
    this.markWriter = new MarkWriter(dirty, this.journal);
    this.session = new LogSession(settings, source, this.journal, tally, signals);
    this.intake =
        new ChangeIntake(
            settings,
            rules,
            dirty,
            markWriter,
            this.journal,
            changeSets,
            authors,
            new Settling(new Standpoint(), dirty, this.journal, progress),
            signals.capture,
            clock,
            this::isReachable);
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
    placer = new Placer(disk, namespace, clock, session.id().toString().substring(0, 8), crew);
    placer.prepare();
    placer.lookFor(journal::withContent);
    applier = new Applier(disk, rules, journal, dirty, placer, tally, tooLarge, clock);
    applier.afterApply(afterApply);
    applier.recover();
    assemble(namespace);
    dirty.restore(journal.marks());
    boolean joined = applier.standing().joined();
    reach(joined);
    phase = phase == Phase.STOPPED ? phase : Phase.RUNNING;
    if (joined) {
      hold.lookIfEmptied();
    }
    threads.begin("journal", () -> markWriter.run(GROUP_MILLIS));
    if (phase == Phase.RUNNING) {
      beginAll(namespace);
    }
  }

  private void assemble(Namespace namespace) {
    Examiner examiner =
        new Examiner(disk, namespace, rules, journal, dirty, tally, tooLarge, clock, authors);
    largeFiles = new LargeFiles(disk, clock, crew.helpers());
    examiner.aside(largeFiles);
    fetches = new Fetches(placer.fetching());
    placer.aside(fetches);
    applier.aside(fetches);
    applier.offers(offer -> request(List.of(offer), Optional.empty()));
    Scan scan = new Scan(disk, rules, journal, dirty);
    hold = new Hold(settings, scan, journal, tally, clock);
    RuleTerms terms = new RuleTerms(rules, settings.host());
    Delivery delivery = new Delivery(disk, terms, journal, dirty, tally, clock, authors, examiner);
    capture = new Capture(disk, journal, dirty, clock, examiner, delivery, hold::admitsDeletes);
    captureLoop =
        new CaptureLoop(
            capture,
            scan,
            session,
            hold,
            signals,
            progress,
            dirty,
            () -> new Reconciliation(rules, journal, dirty, markWriter, clock),
            this::goesOn);
    beginning =
        new Beginning(disk, rules, journal, dirty, scan, hold, boot, clock, new JoiningParts());
    applyLoop =
        new ApplyLoop(
            settings,
            session,
            applier,
            beginning,
            captureLoop,
            hold,
            signals,
            tally,
            progress,
            journal,
            dirty,
            markWriter,
            crew,
            this::goesOn);
    verifier = newVerifier();
  }

  /** Opens the session, and joins over it. Who has joined already can do without for a while. */
  private void reach(boolean joined) throws QueueException, ErrnoException {
    try {
      FarmLog opened = session.connect(applier);
      if (!joined) {
        join(opened);
      }
    } catch (QueueException.Rewound e) {
      if (!joined) {
        throw e;
      }
      session.rewound(e);
    } catch (QueueException.Unreachable e) {
      if (!joined) {
        throw e;
      }
      session.away(e);
    } catch (QueueException.Corrupt e) {
      if (!joined) {
        throw e;
      }
      stop(e.getMessage());
    }
  }

  private void beginAll(Namespace namespace) {
    LeaseLoop lease = new LeaseLoop(session, applier, signals.lease, tally, this::goesOn);
    AsideLoop aside = new AsideLoop(session, hold, this::goesOn);
    threads.begin("capture", captureLoop::run);
    threads.begin("apply", applyLoop::run);
    threads.begin("lease", lease::run);
    threads.begin("writes", () -> runWrites(namespace));
    threads.begin("send", () -> aside.run(largeFiles, signals.capture));
    threads.begin("fetch", () -> aside.run(fetches, signals.apply));
    threads.begin("scrub", () -> verifier.run(signals.scrub, this::goesOn, hold::admits));
    threads.begin("watch", this::runWatch);
    watch = Optional.of(source.watch(this::heard));
  }

  private void heard(long head) {
    tally.head(head);
    signals.unread.told(head);
    signals.apply.raise();
  }

  private void join(FarmLog opened) throws QueueException, ErrnoException {
    phase = Phase.JOINING;
    applier.stand(newJoin().run(opened));
  }

  private final class JoiningParts implements Beginning.Joining {
    @Override
    public Join join() throws ErrnoException {
      return newJoin();
    }

    @Override
    public Displaced displaced() throws ErrnoException {
      return Replica.this.displaced();
    }
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
    signals.raiseAll();
    Optional.ofNullable(largeFiles).ifPresent(LargeFiles::wake);
    Optional.ofNullable(fetches).ifPresent(Fetches::wake);
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
            Optional.ofNullable(session.log())
                .filter(
                    log ->
                        isReachable()
                            && captureLoop.isScanned()
                            && !session.isRestarted()
                            && !hold.isHeld()),
        signals.apply);
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
    String reason = hold.resume();
    if (!reason.isEmpty()) {
      markWriter.nudge();
      wakeAll();
    }
    return reason;
  }

  private void runWatch() throws ErrnoException, InterruptedException {
    while (goesOn()) {
      signals.watch.await(SAMPLE_MILLIS);
      if (goesOn() && captureLoop.isScanned() && !hold.isHeld()) {
        hold.lookIfEmptied();
      }
    }
  }

  /** Opens another session, by the keys that are in their file now. */
  public void reconnect() {
    FarmLog current = session.log();
    if (current != null) {
      captureLoop.renew(current);
      wakeAll();
    }
  }

  /**
   * Passes over an event that cannot be trusted, on all hosts. What stands here at its path is put
   * into the log again.
   *
   * @return the path; empty if there was no event
   */
  public Optional<String> skip(long position) throws Verifier.NotNow, QueueException {
    return applyLoop.skip(position);
  }

  /** What is written while a file stays open is sent every few seconds. */
  private void runWrites(Namespace namespace) throws ErrnoException, InterruptedException {
    while (goesOn()) {
      signals.writes.await(WRITES_MILLIS);
      if (goesOn()) {
        namespace.tellOfWrites();
      }
    }
  }

  private boolean isReachable() {
    return phase != Phase.STOPPED && session.isReachable();
  }

  /** To be told of changes, from {@link #open} on. */
  public ChangeObserver observer() {
    return intake;
  }

  /** Who is told of what is applied. To be called before {@link #start}. */
  public void afterApply(AfterApply next) {
    afterApply = next;
  }

  /** Where this host is in the log, for who wants to read here what was written elsewhere. */
  public Positions positions() {
    return positions;
  }

  private final class Standpoint implements Positions.Standpoint, Settling.Standpoint {
    @Override
    public Optional<FarmLog> log() {
      return Optional.ofNullable(session.log());
    }

    @Override
    public long awayNanos() {
      return isReachable() ? 0 : session.awayNanos();
    }

    @Override
    public void hurry() {
      signals.hurry();
    }

    @Override
    public Optional<UUID> epoch() {
      FarmLog current = session.log();
      return current == null ? journal.standing().epoch() : Optional.of(current.epoch());
    }

    @Override
    public boolean scanned() {
      return captureLoop != null && captureLoop.isScanned();
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
      FarmLog current = session.log();
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
    FarmLog current = session.log();
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
    signals.capture.raise();
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
      signals.capture.raise();
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
      signals.look();
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
    if (phase != Phase.RUNNING) {
      return phase.name().toLowerCase(Locale.ROOT);
    }
    if (hold.isHeld()) {
      return "held: " + hold.reason() + "; if it was meant: trifold resume " + settings.root();
    }
    if (session.isRestarted()) {
      return "reconciling with a log that was restored";
    }
    if (!isReachable()) {
      return dirty.size() >= settings.upkeep().journalLimit()
          ? "away, and the journal is full: changes of propagated paths are refused"
          : "away";
    }
    if (!applyLoop.distrusted().isEmpty()) {
      return "distrusts the log: " + applyLoop.distrusted();
    }
    if (applyLoop.isResyncing()) {
      return "resynchronising";
    }
    boolean caughtUp = captureLoop.isScanned() && applier.standing().position() >= tally.head();
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
      threads.join("capture", "apply", "send", "fetch", "lease", "writes", "scrub", "watch");
      session.leave();
      markWriter.close();
      threads.join("journal");
      if (beginning != null) {
        beginning.ended();
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
        && !hold.isHeld()
        && journal.trouble().isEmpty()
        && isReachable()
        && (!dirty.isEmpty() || capture.isBusy())
        && System.nanoTime() - end < 0) {
      signals.capture.raise();
      Thread.sleep(10);
    }
  }
}
