package io.trifold.replica;

import io.trifold.posix.BackingRoot;
import io.trifold.posix.ErrnoException;
import io.trifold.queue.Digest;
import io.trifold.queue.Event;
import io.trifold.queue.EventPage;
import io.trifold.queue.FarmLog;
import io.trifold.queue.Membership;
import io.trifold.queue.QueueException;
import io.trifold.rules.RuleState;
import io.trifold.simulation.machine.Filesystem;
import io.trifold.simulation.machine.Flaw;
import io.trifold.simulation.machine.Moments;
import io.trifold.tree.Namespace;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/**
 * A process of one host: the workers of {@link Replica}, each doing one step when it is told to,
 * instead of its threads. What {@code Replica}'s loops do around a step stands here once more, and
 * has to follow them.
 */
public final class SteppedReplica {
  /** What came of a step. */
  public enum Turn {
    /** There may be more to do. */
    BUSY,
    IDLE,
    /** The log was not reached. */
    AWAY,
    STOPPED
  }

  /** Sees what the replica does to a host's disk and journal. */
  public interface Witness {
    /** A file or symlink is about to be replaced or removed. */
    void replaces(String path, Optional<Filesystem.Node> old, Optional<Filesystem.Node> by);

    /** The replica changed what stands at the path. */
    void placed(String path);

    /** The position is about to move; the journal is as it will be then. */
    void moves(long position, MemoryJournalView after);
  }

  /** The journal as far as a witness needs it. */
  public interface MemoryJournalView {
    /** The version in the index; 0 if there is none. */
    long version(String path);

    /** The position up to which the path is recorded as unapplied; 0 if it is not. */
    long unapplied(String path);
  }

  /** The machine on which the process runs. */
  public record Machine(
      String host,
      Filesystem files,
      Filesystem stateFiles,
      MemoryJournal journal,
      RuleState rules,
      InstantSource clock,
      Predicate<String> openForWriting,
      int boots,
      Instant booted) {}

  private final Machine machine;
  private final LogSource source;
  private final Moments moments;
  private final Witness witness;
  private final Set<Flaw> flaws;
  private final UUID session;
  private final SimulatedDisk disk;
  private final Journal journal;
  private final Tally tally;
  private final DirtySet dirty = new DirtySet();
  private final MarkWriter markWriter;
  private Placer placer;
  private Applier applier;
  private Capture capture;
  private FarmLog log;
  private boolean running;
  private boolean firstCatchUpOver;
  private boolean begun;
  private boolean scanned;
  private boolean swapping;
  private boolean capturing;
  private boolean applying;
  private boolean marking;
  private long acknowledged = -1;
  private String stopReason = "";

  /**
   * @param session numbers the processes of all hosts
   */
  public SteppedReplica(
      Machine machine,
      LogSource source,
      Moments moments,
      Witness witness,
      Set<Flaw> flaws,
      long session) {
    this.machine = machine;
    this.source = source;
    this.moments = moments;
    this.witness = witness;
    this.flaws = flaws;
    this.session = new UUID(0x5e55_1000_0000_0000L | session, session);
    this.disk = new SimulatedDisk(machine.files, moments, witness, flaws);
    this.journal = new ProcessJournal();
    this.tally = new Tally(machine.clock);
    this.markWriter = new MarkWriter(dirty, journal);
  }

  /** The journal as one process has it: dead, it writes no more. */
  private final class ProcessJournal implements Journal {
    @Override
    public UUID incarnation() {
      return machine.journal.incarnation();
    }

    @Override
    public Optional<UUID> farm() {
      return machine.journal.farm();
    }

    @Override
    public long newest() {
      return machine.journal.newest();
    }

    @Override
    public Standing standing() {
      return machine.journal.standing();
    }

    @Override
    public Optional<IndexEntry> entry(String path) {
      return machine.journal.entry(path);
    }

    @Override
    public List<IndexEntry> below(String directory, String after, int limit) {
      return machine.journal.below(directory, after, limit);
    }

    @Override
    public List<IndexEntry> tombstones(String after, int limit) {
      return machine.journal.tombstones(after, limit);
    }

    @Override
    public List<IndexEntry> withContent(Digest content, int limit) {
      return machine.journal.withContent(content, limit);
    }

    @Override
    public List<IndexEntry> linked(UUID link) {
      return machine.journal.linked(link);
    }

    @Override
    public List<IndexEntry> linked(long inode) {
      return flaws.contains(Flaw.NAME_ALONE) ? List.of() : machine.journal.linked(inode);
    }

    @Override
    public long existing() {
      return machine.journal.existing();
    }

    @Override
    public List<IndexEntry> sample(int limit) {
      return machine.journal.sample(limit);
    }

    @Override
    public List<Mark> marks() {
      return machine.journal.marks();
    }

    @Override
    public Optional<Unapplied> unapplied(String path) {
      return machine.journal.unapplied(path);
    }

    @Override
    public List<Unapplied> waiting() {
      return machine.journal.waiting();
    }

    @Override
    public List<Unapplied> unbound() {
      return machine.journal.unbound();
    }

    @Override
    public String boot() {
      return machine.journal.boot();
    }

    @Override
    public Optional<LostVersion> lost(String path) {
      return machine.journal.lost(path);
    }

    @Override
    public long count(Counter counter) {
      return machine.journal.count(counter);
    }

    @Override
    public List<IndexEntry> placing() {
      return machine.journal.placing();
    }

    @Override
    public void notePlacing(Collection<IndexEntry> entries) {
      moments.pass("note");
      if (!flaws.contains(Flaw.PLACING_FORGOTTEN)) {
        machine.journal.notePlacing(entries);
      }
    }

    @Override
    public OptionalLong sent() {
      return machine.journal.sent();
    }

    @Override
    public void noteSent(long sequence) {
      moments.pass("note");
      machine.journal.noteSent(sequence);
    }

    @Override
    public void commit(JournalUpdate update) {
      if (update.isEmpty()) {
        return;
      }
      moments.pass("commit");
      long before = standing().position();
      machine.journal.commit(flaws.contains(Flaw.ECHO) ? withoutIndex(update) : update);
      if (standing().position() != before) {
        witness.moves(standing().position(), view());
      }
      moments.pass("committed");
    }

    private static JournalUpdate withoutIndex(JournalUpdate update) {
      if (update.standing().isEmpty()) {
        return update;
      }
      JournalUpdate less = new JournalUpdate().mark(update.marked());
      update.captured().forEach(less::captured);
      update.caughtUp().forEach(less::caughtUp);
      update.unapplied().forEach(less::unapplied);
      update.counts().forEach(less::count);
      if (update.endsPlacing()) {
        less.placed();
      }
      return less.standing(update.standing().get());
    }

    @Override
    public void close() {}
  }

  private MemoryJournalView view() {
    return new MemoryJournalView() {
      @Override
      public long version(String path) {
        return machine.journal.entry(path).map(IndexEntry::version).orElse(0L);
      }

      @Override
      public long unapplied(String path) {
        return machine.journal.unapplied(path).map(Unapplied::position).orElse(0L);
      }
    };
  }

  private final class MountedNames implements Namespace {
    @Override
    public BackingRoot applicationRoot() {
      throw new UnsupportedOperationException("the simulated disk has no descriptors");
    }

    @Override
    public <T> T exclusively(Collection<String> paths, Exclusive<T> action) throws ErrnoException {
      moments.pass("names locked");
      swapping = true;
      disk.swapping(true);
      try {
        return action.run();
      } finally {
        swapping = false;
        disk.swapping(false);
      }
    }

    @Override
    public boolean openForWriting(String path) {
      return !flaws.contains(Flaw.WRITER_IGNORED) && machine.openForWriting.test(path);
    }

    @Override
    public boolean mayBeMapped(String path) {
      return false;
    }

    @Override
    public void tellOfWrites() {}

    @Override
    public void replaced(Collection<String> paths) {}
  }

  /** What {@link Replica#start} does: true if the process runs now. */
  public Turn start() {
    return step(
        () -> {
          Namespace names = new MountedNames();
          placer =
              new Placer(
                  disk, names, machine.clock, Long.toString(session.getLeastSignificantBits()));
          placer.prepare();
          placer.lookFor(journal::withContent);
          TooLarge tooLarge = new TooLarge();
          applier =
              new Applier(
                  disk, machine.rules, journal, dirty, placer, tally, tooLarge, machine.clock);
          applier.recover();
          Authors authors =
              new Authors(new AccountFiles(Path.of("/etc/passwd"), Path.of("/etc/group")));
          Examiner examiner =
              new Examiner(
                  disk,
                  names,
                  machine.rules,
                  journal,
                  dirty,
                  tally,
                  tooLarge,
                  machine.clock,
                  authors);
          RuleTerms terms = new RuleTerms(machine.rules, machine.host);
          Delivery delivery =
              new Delivery(disk, terms, journal, dirty, tally, machine.clock, authors, examiner);
          capture =
              new Capture(
                  disk, journal, dirty, machine.clock, examiner, delivery, (deletes, puts) -> true);
          applier.offers(
              offer -> capture.requests().add(List.of(offer), Optional.empty(), Optional.empty()));
          dirty.restore(journal.marks());
          boolean joined = applier.standing().joined();
          try {
            FarmLog opened = connect();
            if (!joined) {
              applier.stand(join().run(opened));
            }
          } catch (QueueException.Unreachable e) {
            if (!joined) {
              throw e;
            }
          }
          running = true;
          return true;
        });
  }

  private Displaced displaced() {
    Disk kept = new SimulatedDisk(machine.stateFiles, doing -> {}, UNSEEN, Set.of());
    return new Displaced(disk, kept, "displaced-" + session.getLeastSignificantBits());
  }

  private Join join() {
    return new Join(disk, machine.rules, journal, dirty, placer, displaced(), machine.clock);
  }

  /** For who does not look. */
  public static final Witness UNSEEN =
      new Witness() {
        @Override
        public void replaces(
            String path, Optional<Filesystem.Node> old, Optional<Filesystem.Node> by) {}

        @Override
        public void placed(String path) {}

        @Override
        public void moves(long position, MemoryJournalView after) {}
      };

  private FarmLog connect() throws QueueException {
    if (log == null) {
      FarmLog opened =
          source.open(
              new Membership(
                  machine.host, journal.incarnation(), session, "auto", "/srv/" + machine.host));
      long head = opened.head().position();
      LogIdentity identity =
          LogIdentity.of(opened, applier.standing(), journal.farm(), journal.newest());
      if (identity != LogIdentity.SAME) {
        throw new QueueException.Corrupt(
            head, "the log is " + identity + ": no restored one is simulated");
      }
      if (journal.farm().isEmpty()) {
        journal.commit(new JournalUpdate().farm(opened.recovery().farm()));
      }
      tally.rewound(head);
      log = opened;
    }
    return log;
  }

  private interface Step {
    boolean run() throws QueueException, ErrnoException;
  }

  private Turn step(Step step) {
    try {
      return step.run() ? Turn.BUSY : Turn.IDLE;
    } catch (QueueException.Unreachable e) {
      return Turn.AWAY;
    } catch (QueueException | ErrnoException | JournalException e) {
      running = false;
      stopReason = e.getMessage();
      return Turn.STOPPED;
    }
  }

  private Turn notNow() {
    return stopReason.isEmpty() ? Turn.IDLE : Turn.STOPPED;
  }

  /** One turn of the apply thread. */
  public Turn apply() {
    if (!running || applying) {
      return notNow();
    }
    applying = true;
    try {
      return step(this::applyOnce);
    } finally {
      applying = false;
    }
  }

  private boolean applyOnce() throws QueueException, ErrnoException {
    FarmLog current = connect();
    if (!begun) {
      afterCrash(current);
      begun = true;
    }
    if (flaws.contains(Flaw.POSITION_FIRST)) {
      moveFirst(current);
    }
    EventPage page = applier.step(current);
    if (!firstCatchUpOver && (page.isLast() || applier.standing().position() >= tally.head())) {
      applier.retry(current);
      firstCatchUpOver = true;
    }
    boolean busy = !page.events().isEmpty();
    if (page.isLast()) {
      busy |= applier.retry(current);
    }
    long position = applier.standing().position();
    if (!busy && position != acknowledged) {
      current.acknowledge(position);
      acknowledged = position;
    }
    return busy;
  }

  private void moveFirst(FarmLog current) throws QueueException {
    Journal.Standing before = applier.standing();
    List<Event> events = current.read(before.position(), 500);
    if (!events.isEmpty()) {
      Event last = events.get(events.size() - 1);
      journal.commit(
          new JournalUpdate()
              .standing(
                  new Journal.Standing(
                      before.epoch(), last.position(), Optional.of(last.id()), before.joined())));
    }
  }

  /** One turn of the capture thread. */
  public Turn capture() {
    if (!running || capturing || marking) {
      return notNow();
    }
    capturing = true;
    try {
      return step(this::captureOnce);
    } finally {
      capturing = false;
    }
  }

  private boolean captureOnce() throws QueueException, ErrnoException {
    if (!firstCatchUpOver) {
      return false;
    }
    if (!scanned) {
      if (!flaws.contains(Flaw.SCAN_SKIPPED)) {
        Scan scan = new Scan(disk, machine.rules, journal, dirty);
        scan.believe(scan.run());
      }
      scanned = true;
      return true;
    }
    if (log == null || (dirty.isEmpty() && !capture.isBusy())) {
      return false;
    }
    return capture.step(log);
  }

  private String boot() {
    return Integer.toString(machine.boots);
  }

  private void afterCrash(FarmLog current) throws QueueException, ErrnoException {
    LastRun last = LastRun.of(journal.boot(), boot());
    if (last == LastRun.LOST_POWER && flaws.contains(Flaw.CRASH_BELIEVED)) {
      last = LastRun.ENDED;
    }
    if (last == LastRun.LOST_POWER) {
      Scan scan = new Scan(disk, machine.rules, journal, dirty);
      new Aftermath(disk, journal, dirty, current, displaced(), machine.booted, machine.clock)
          .run(scan, scan.missing());
    }
    if (!flaws.contains(Flaw.SET_BACK_UNSEEN)) {
      new SetBack(disk, machine.rules, journal, current, machine.clock).run(last);
    }
    journal.commit(new JournalUpdate().boot(boot()));
  }

  /** One turn of the journal thread. */
  public Turn writeMarks() {
    if (!running || marking || ((ReentrantLock) dirty.recording()).isLocked()) {
      return notNow();
    }
    marking = true;
    try {
      markWriter.writeGroup();
      return Turn.IDLE;
    } finally {
      marking = false;
    }
  }

  /** What {@link Replica#changed} does. */
  public void changed(String path) {
    if (flaws.contains(Flaw.MARK_LOST) && capturing) {
      return;
    }
    if (!PathNames.isHidden(path)) {
      dirty.mark(path, false, true);
    }
  }

  /** What {@link Replica#moved} does. */
  public void moved(String from, String to) {
    dirty.markMoved(from, to, machine.clock.instant());
  }

  /** Whether the process goes on; a stopped one still serves its callers. */
  public boolean isRunning() {
    return running;
  }

  /** Whether it has reached the log since its start. */
  public boolean hasSession() {
    return log != null;
  }

  public String stopReason() {
    return stopReason;
  }

  /** Whether callers' operations on names have to wait. */
  public boolean isSwapping() {
    return swapping;
  }

  /**
   * Whether all that happened here is in the log, and all that the log has is here.
   *
   * @param blocked where something that does not travel may keep the log's word from being done
   */
  public boolean isQuiet(long head, Predicate<String> blocked) {
    return running
        && scanned
        && dirty.isEmpty()
        && !capture.isBusy()
        && journal.waiting().stream()
            .allMatch(row -> row.cause() == Unapplied.Cause.PARKED && blocked.test(row.path()))
        && applier.standing().position() == head;
  }

  /** What is in the way of quiet. */
  public String describe() {
    return (running ? "running" : "stopped (" + stopReason + ")")
        + (firstCatchUpOver ? "" : ", catching up")
        + (scanned ? "" : ", not scanned")
        + ", position "
        + machine.journal.position()
        + ", "
        + dirty.size()
        + " dirty, waiting "
        + journal.waiting();
  }
}
