package io.trifold.replica;

import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Stat;
import io.trifold.queue.Change;
import io.trifold.queue.Draft;
import io.trifold.queue.FarmLog;
import io.trifold.queue.Metadata;
import io.trifold.queue.Outcome;
import io.trifold.queue.Provenance;
import io.trifold.queue.QueueException;
import io.trifold.queue.Terms;
import io.trifold.queue.Xattrs;
import io.trifold.rules.RuleState;
import io.trifold.tree.Namespace;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes dirty paths, looks what stands there, and appends what differs from the index. Of one
 * thread.
 *
 * <p>A path stays dirty until what was captured is in the log and in the index. Drafts whose append
 * was not answered are offered again, the same, before anything else is captured.
 */
final class Capture {
  private static final Logger LOG = LoggerFactory.getLogger(Capture.class);
  private static final int BATCH_EVENTS = 1000;
  private static final long BATCH_BYTES = 32L << 20;
  private static final int PAGE = 1000;

  /** What hosts stage before they switch, and hold in memory. */
  private static final int SET_EVENTS = 20_000;

  private static final long SET_INLINE_BYTES = 48L << 20;
  private static final Duration SET_PATIENCE = Duration.ofSeconds(10);
  private static final Duration SET_PAUSE = Duration.ofMillis(10);

  /** How long a tree that was moved waits for what was changed before. */
  private static final Duration MOVE_PATIENCE = Duration.ofMillis(300);

  private static final Duration FIRST_DELAY = Duration.ofMillis(50);
  private static final Duration LONGEST_DELAY = Duration.ofSeconds(2);
  private static final Duration CLAIMED_DELAY = Duration.ofMillis(20);
  private static final Duration WRITER_DELAY = Duration.ofMillis(2);

  /** Longer than a program takes to write a file; a log or a database is open for days. */
  private static final Duration WRITER_PATIENCE = Duration.ofSeconds(1);

  private final Disk disk;
  private final Namespace namespace;
  private final RuleState rules;
  private final Journal journal;
  private final DirtySet dirty;
  private final Tally tally;
  private final TooLarge tooLarge;
  private final InstantSource clock;
  private final RuleTerms terms;
  private final Verdicts verdicts;
  private final ChunkUpload upload;
  private final Authors authors;
  private final Requests requests = new Requests();

  private final Map<String, Integer> failures = new HashMap<>();

  /** Since when files are waited for that callers have open for writing. */
  private final Map<String, Instant> awaited = new HashMap<>();

  private final Set<String> postponed = new HashSet<>();
  private final Set<String> special = new HashSet<>();
  private final KeptDirectories kept;
  private Optional<LargeFiles> aside = Optional.empty();
  private volatile Optional<Batch> offered = Optional.empty();
  private OptionalLong lastSequence = OptionalLong.empty();
  private DeleteGuard guard = (deletes, puts) -> true;

  Capture(
      Disk disk,
      Namespace namespace,
      RuleState rules,
      Journal journal,
      DirtySet dirty,
      Tally tally,
      TooLarge tooLarge,
      InstantSource clock,
      String host,
      Authors authors) {
    this.disk = disk;
    this.namespace = namespace;
    this.rules = rules;
    this.journal = journal;
    this.dirty = dirty;
    this.tally = tally;
    this.tooLarge = tooLarge;
    this.clock = clock;
    this.terms = new RuleTerms(rules, host);
    this.verdicts = new Verdicts(journal, clock);
    this.upload = new ChunkUpload(disk);
    this.authors = authors;
    this.kept = new KeptDirectories(disk, namespace, journal, dirty);
  }

  /** Large files go this way from now on. */
  void aside(LargeFiles files) {
    aside = Optional.of(files);
  }

  /** Is asked before deletes are told to the farm. */
  @FunctionalInterface
  interface DeleteGuard {
    /** Whether so many may be deleted, and as many made, in one batch; false keeps it waiting. */
    boolean admits(long deletes, long puts);
  }

  /** Has a guard asked from now on. */
  void guardedBy(DeleteGuard deleteGuard) {
    guard = deleteGuard;
  }

  /**
   * Captures what is due, up to one batch.
   *
   * @return whether there was anything to do
   * @throws QueueException.Unreachable if it is to be called again when the queue is back; nothing
   *     is lost or done twice
   */
  boolean step(FarmLog log) throws QueueException {
    if (offered.isPresent()) {
      append(log, offered.get());
      return true;
    }
    Optional<Requests.Request> request = requests.take();
    if (request.isPresent()) {
      if (request.get().ofDisk()) {
        captureSet(log, request.get());
      } else {
        serve(log, request.get());
      }
      return true;
    }
    Optional<UUID> move = dirty.dueMove(clock.instant(), MOVE_PATIENCE);
    if (move.isPresent()) {
      return captureMove(log, move.get());
    }
    Batch batch = batch(BATCH_EVENTS);
    boolean sent = takeBack(batch, path -> true);
    List<Mark> marks = dirty.take(BATCH_EVENTS, clock.instant());
    if (marks.isEmpty() && !sent) {
      return false;
    }
    for (Mark mark : marks) {
      if (batch.bytes > BATCH_BYTES || batch.plan.size() > 2 * BATCH_EVENTS) {
        dirty.putBack(mark, Instant.MIN);
      } else {
        examine(mark, batch);
      }
    }
    return send(log, batch);
  }

  /**
   * Has what is planned appended.
   *
   * @return false if it is kept waiting
   */
  private boolean send(FarmLog log, Batch batch) throws QueueException {
    if (!guard.admits(batch.plan.deletes(), batch.plan.puts())) {
      abandon(batch);
      return false;
    }
    try {
      upload(log, batch);
      batch.items = batch.plan.ordered();
      batch.drafts = draft(log, batch);
    } catch (QueueException e) {
      abandon(batch);
      throw e;
    }
    batch.changeSet.ifPresent(dirty::letGo);
    if (batch.drafts.isEmpty()) {
      settle(batch);
    } else {
      offered = Optional.of(batch);
      append(log, batch);
    }
    return true;
  }

  /** Takes back what was sent aside; whether there was any. */
  private boolean takeBack(Batch batch, Predicate<String> which) {
    boolean any = false;
    for (Optional<LargeFiles.Done> next = nextSent(which);
        next.isPresent();
        next = nextSent(which)) {
      any = true;
      LargeFiles.Done done = next.get();
      batch.sent.put(done.mark().path(), done);
      examine(done.mark(), batch);
    }
    return any;
  }

  private Optional<LargeFiles.Done> nextSent(Predicate<String> which) {
    return aside.flatMap(files -> files.next(which));
  }

  private Batch batch(int limit) {
    return new Batch(limit, new Links(disk, journal));
  }

  /** Offers what somebody asks for; who waits is told, also of a failure. */
  private void serve(FarmLog log, Requests.Request request) throws QueueException {
    Batch batch = request.into(batch(request.offers().size()));
    try {
      batch.drafts = draft(log, batch);
    } catch (QueueException e) {
      request.fail(e);
      throw e;
    }
    offered = Optional.of(batch);
    append(log, batch);
  }

  /** Captures all that was held back for a change set, as one batch. */
  private void captureSet(FarmLog log, Requests.Request request) throws QueueException {
    UUID changeSet = request.changeSet().orElseThrow();
    Batch batch = batch(SET_EVENTS);
    batch.request = Optional.of(request);
    batch.changeSet = Optional.of(changeSet);
    collect(changeSet, batch, SET_PATIENCE);
    try {
      upload(log, batch);
      batch.items = batch.plan.ordered();
      if (isTooMuch(batch)) {
        dirty.letGo(changeSet);
        abandon(batch);
        request.fail(
            new QueueException.Refused(
                "more was changed than hosts can switch to at once: it is sent as ordinary"
                    + " changes"));
        return;
      }
      batch.drafts = draft(log, batch);
    } catch (QueueException e) {
      abandon(batch);
      requests.putBack(request);
      throw e;
    }
    dirty.letGo(changeSet);
    if (batch.drafts.isEmpty()) {
      settle(batch);
      request.answer(List.of(), List.of());
    } else {
      offered = Optional.of(batch);
      append(log, batch);
    }
  }

  /**
   * Captures a tree that was moved, at its new place and at its old one, as one batch, which hosts
   * switch to in one sweep. What is too large for that is sent as ordinary changes are.
   *
   * @return false if it is kept waiting
   */
  private boolean captureMove(FarmLog log, UUID changeSet) throws QueueException {
    Batch batch = batch(SET_EVENTS);
    batch.changeSet = Optional.of(changeSet);
    batch.moved = true;
    collect(changeSet, batch, Duration.ZERO);
    batch.items = batch.plan.ordered();
    if (isTooMuch(batch)) {
      dirty.letGo(changeSet);
      postponed.removeAll(batch.marks.keySet());
      abandon(batch);
      return true;
    }
    return send(log, batch);
  }

  /**
   * A file that is still changing is waited for a while, then goes its own way; so does one that
   * was on its way aside when the change set came to it.
   */
  private void collect(UUID changeSet, Batch batch, Duration patience) {
    Predicate<String> ofSet = path -> dirty.holder(path).filter(changeSet::equals).isPresent();
    Instant end = clock.instant().plus(patience);
    while (batch.plan.size() <= SET_EVENTS && !batch.tooMuch) {
      boolean any = takeBack(batch, ofSet);
      List<Mark> marks = dirty.takeHeld(changeSet, clock.instant());
      for (Mark mark : marks) {
        examine(mark, batch);
      }
      boolean complete =
          !dirty.hasHeld(changeSet) && aside.filter(files -> files.hasAny(ofSet)).isEmpty();
      boolean idle = marks.isEmpty() && !any;
      if (complete || (idle && !clock.instant().isBefore(end))) {
        return;
      }
      if (idle) {
        LockSupport.parkNanos(SET_PAUSE.toNanos());
      }
    }
  }

  private static boolean isTooMuch(Batch batch) {
    if (batch.tooMuch) {
      return true;
    }
    long inline = 0;
    for (Plan.Item item : batch.items) {
      boolean within =
          item.change() instanceof Change.PutFile file
              && file.content() instanceof Change.Content.Inline;
      inline += within ? ((Change.PutFile) item.change()).size() : 0;
    }
    return batch.items.size() > SET_EVENTS || inline > SET_INLINE_BYTES;
  }

  private void abandon(Batch batch) {
    batch.marks.values().forEach(mark -> dirty.putBack(mark, Instant.MIN));
    batch.along.forEach(
        path -> {
          dirty.done(path);
          dirty.mark(path, false, false);
        });
  }

  private void examine(Mark mark, Batch batch) {
    try {
      if (mark.subtree()) {
        expand(mark, batch);
      } else {
        batch.marks.put(mark.path(), mark);
        examine(mark.path(), mark, batch);
      }
      failures.remove(mark.path());
    } catch (Aside e) {
      // Taken still, and not done with.
      batch.marks.remove(mark.path());
    } catch (Busy e) {
      drop(mark, batch, CLAIMED_DELAY);
    } catch (TooMuch e) {
      drop(mark, batch, Duration.ZERO);
    } catch (Written e) {
      drop(mark, batch, WRITER_DELAY);
    } catch (Unstable e) {
      drop(mark, batch, delay(mark.path()));
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR || e.errno() == Errno.ELOOP) {
        drop(mark, batch, FIRST_DELAY);
      } else {
        tally.failed("cannot read " + mark.path() + " to send it: " + e.getMessage());
        drop(mark, batch, delay(mark.path()));
      }
    }
  }

  private void drop(Mark mark, Batch batch, Duration delay) {
    batch.marks.remove(mark.path());
    batch.plan.remove(mark.path());
    dirty.putBack(mark, clock.instant().plus(delay));
  }

  private Duration delay(String path) {
    int failed = Math.min(failures.merge(path, 1, Integer::sum), 10);
    Duration delay = FIRST_DELAY.multipliedBy(1L << (failed - 1));
    return delay.compareTo(LONGEST_DELAY) < 0 ? delay : LONGEST_DELAY;
  }

  /** Something else has to be done with first. */
  private static final class Busy extends Exception {
    private static final long serialVersionUID = 1L;

    Busy() {
      super(null, null, false, false);
    }
  }

  /** It was handed over to be read and sent aside. */
  private static final class Aside extends Unstable {
    private static final long serialVersionUID = 1L;
  }

  /** A file changed while it was read. */
  private static class Unstable extends Exception {
    private static final long serialVersionUID = 1L;

    Unstable() {
      super(null, null, false, false);
    }
  }

  /** It does not go with the tree that was moved. */
  private static final class TooMuch extends Unstable {
    private static final long serialVersionUID = 1L;
  }

  /** A caller is about to write the file. */
  private static final class Written extends Unstable {
    private static final long serialVersionUID = 1L;
  }

  /**
   * A file that was just made or truncated is not what its writer wants the others to see: that is
   * what stands there at the close, which marks it again.
   */
  private void awaitWriter(String path) throws Written {
    if (dirty.isHurried(path) || !namespace.openForWriting(path)) {
      awaited.remove(path);
      return;
    }
    Instant now = clock.instant();
    if (awaited.computeIfAbsent(path, p -> now).plus(WRITER_PATIENCE).isAfter(now)) {
      throw new Written();
    }
    awaited.remove(path);
  }

  /**
   * Marks what is at and below the path, on disk and in the index. What was moved is marked at its
   * new place first, so that it is put there before it is deleted at its old place.
   */
  private void expand(Mark mark, Batch batch) throws ErrnoException, Busy, Unstable {
    if (disk.look(mark.path()).isEmpty() && postponed.add(mark.path()) && dirty.size() > 1) {
      dirty.postpone(mark);
      return;
    }
    postponed.remove(mark.path());
    if (batch.changeSet.isPresent()) {
      examine(mark.path(), new Mark(mark.path(), 0, 0, false, true, false), batch);
    } else if (!mark.path().isEmpty()) {
      dirty.mark(mark.path(), false, true);
    }
    new Walk(disk, rules).from(mark.path(), path -> markMoved(mark, path));
    String after = "";
    List<IndexEntry> page;
    do {
      page = journal.below(mark.path(), after, PAGE);
      for (IndexEntry entry : page) {
        after = entry.path();
        markMoved(mark, after);
      }
    } while (page.size() == PAGE);
    batch.marks.put(mark.path(), mark);
  }

  private void markMoved(Mark tree, String path) {
    authors.inherit(tree.path(), path);
    if (!path.equals(tree.path())) {
      dirty.holder(tree.path()).ifPresent(set -> dirty.hold(path, set));
    } else if (dirty.holder(path).isPresent()) {
      return;
    }
    dirty.mark(path, false, false);
  }

  /** Plans what brings the log from what the index knows to what stands on disk. */
  private void examine(String path, Mark mark, Batch batch) throws ErrnoException, Busy, Unstable {
    if (batch.plan.has(path) || path.isEmpty() || PathNames.isHidden(path)) {
      return;
    }
    Instant looked = clock.instant();
    RuleState state = PathNames.rules(rules, path);
    Optional<Stat> found = disk.look(path);
    Optional<Kind> kind = Kind.of(found);
    if (kind.isEmpty() && special.add(path) && Kind.FILE.travels(state)) {
      LOG.warn("{} is a pipe, socket or device: it stays on this host", path);
      tally.special();
    }
    boolean exists = found.isPresent() && kind.isPresent() && kind.get().travels(state);
    Optional<IndexEntry> known = journal.entry(path);
    if (known.isPresent()) {
      markFormerNames(known.get(), found);
    }
    if (exists && isTooLarge(path, kind.get(), found.get(), state)) {
      return;
    }
    if (!exists) {
      tooLarge.remove(path);
      kept.goneFrom(path);
      if (known.isPresent() && mayBeAside(known.get().state())) {
        throw new Busy();
      }
      if (known.isPresent() && (known.get().state().exists() || journal.lost(path).isPresent())) {
        planDelete(known.get(), state, batch);
      }
      return;
    }
    boolean timed = mark.explicit() && kind.get() == Kind.DIRECTORY;
    if (!timed && known.isPresent() && KeptDirectories.isKept(known.get(), found)) {
      if (kept.remove(path)) {
        batch.settled.index(
            new IndexEntry(path, known.get().version(), State.ABSENT, Optional.empty()));
      }
      return;
    }
    if (!timed && known.isPresent() && known.get().proves(found, disk)) {
      return;
    }
    planPut(path, mark, known, found.get(), kind.get(), looked, batch);
  }

  /**
   * A name that a file had may be gone before what was written through it was seen: then the file's
   * other names tell.
   */
  private void markFormerNames(IndexEntry known, Optional<Stat> found) {
    boolean same =
        known
            .signature()
            .filter(then -> found.isPresent() && then.inode() == found.get().inode())
            .isPresent();
    if (!same && known.state().link().isPresent()) {
      for (IndexEntry other : journal.linked(known.state().link().get())) {
        if (!other.path().equals(known.path())) {
          dirty.mark(other.path(), false, false);
        }
      }
    }
  }

  /** What the log has at the path, if anything, stays as it is. */
  private boolean isTooLarge(String path, Kind kind, Stat found, RuleState state) {
    long limit = Math.min(FileContent.LARGEST, kind.decision(state).options().maxSize());
    if (kind != Kind.FILE || found.size() <= limit) {
      tooLarge.remove(path);
      return false;
    }
    if (tooLarge.add(path, found.size(), limit)) {
      LOG.warn(
          "{} has {} bytes, and files of more than {} do not travel: it stays on this host",
          path,
          found.size(),
          limit);
    }
    return true;
  }

  private void planDelete(IndexEntry known, RuleState state, Batch batch)
      throws ErrnoException, Busy, Unstable {
    if (!known.state().kind().travels(state)) {
      return;
    }
    String path = known.path();
    if (known.state().kind() == Kind.DIRECTORY) {
      planDeletesBelow(path, batch);
    }
    plan(new Plan.Item(new Change.Delete(path), known.version(), Optional.empty()), batch);
  }

  private void plan(Plan.Item item, Batch batch) {
    batch.plan.add(journal.lost(item.path()).map(item::of).orElse(item));
  }

  private void planDeletesBelow(String directory, Batch batch)
      throws ErrnoException, Busy, Unstable {
    String after = "";
    List<IndexEntry> page;
    do {
      page = journal.below(directory, after, PAGE);
      for (IndexEntry entry : page) {
        if (batch.plan.size() >= batch.limit) {
          // These deletes go first; the rest, and what they are in the way of, with the next batch.
          throw new Busy();
        }
        after = entry.path();
        takeAlong(after, batch);
      }
    } while (page.size() == PAGE);
  }

  private void takeAlong(String path, Batch batch) throws ErrnoException, Busy, Unstable {
    if (!batch.marks.containsKey(path)) {
      if (isAside(path) || !dirty.takeAlong(path)) {
        throw new Busy();
      }
      batch.along.add(path);
    }
    examine(path, new Mark(path, 0, 0, false, false, false), batch);
  }

  private void planPut(
      String path,
      Mark mark,
      Optional<IndexEntry> known,
      Stat found,
      Kind kind,
      Instant looked,
      Batch batch)
      throws ErrnoException, Busy, Unstable {
    Xattrs logged = known.map(entry -> entry.state().xattrs()).orElse(Xattrs.NONE);
    Change.Put put;
    Stat stat = found;
    Optional<FileContent> content = Optional.empty();
    if (kind == Kind.FILE) {
      awaitWriter(path);
      content = Optional.of(content(path, mark, found, logged, batch));
      stat = content.get().stat();
      for (String name : batch.links.outdated(path, stat)) {
        dirty.mark(name, false, false);
      }
      put = putFile(path, known, content.get(), batch);
    } else if (kind == Kind.DIRECTORY) {
      Metadata metadata = metadata(disk, found, known, kind, mark.explicit());
      put = new Change.PutDirectory(path, metadata.with(disk.xattrs(path, logged)));
    } else {
      Metadata metadata = metadata(disk, found, known, kind, true);
      put = new Change.PutSymlink(path, metadata, disk.readlink(path));
    }
    Instant read = batch.sent.containsKey(path) ? batch.sent.get(path).looked() : looked;
    Optional<Signature> signature = Optional.of(Signature.of(stat, read));
    long base = known.map(IndexEntry::version).orElse(0L);
    if (known.isPresent()
        && known.get().state().isAs(State.after(put), stat.links())
        && !mark.restated()
        && journal.lost(path).isEmpty()) {
      batch.settled.index(new IndexEntry(path, base, known.get().state(), signature));
      return;
    }
    if (known.isPresent()
        && known.get().state().kind() == Kind.DIRECTORY
        && kind != Kind.DIRECTORY) {
      planDeletesBelow(path, batch);
    }
    planParents(path, batch);
    if (content.isPresent()) {
      planOtherNames(path, content.get(), signature, batch);
    }
    plan(new Plan.Item(put, base, signature), batch);
    if (put instanceof Change.PutFile file && !batch.sent.containsKey(path)) {
      batch.bytes += file.size();
    }
    if (kind == Kind.DIRECTORY && !mark.restated() && dirty.isDirtyBelow(path)) {
      boolean isNew = known.map(entry -> entry.state().kind() != kind).orElse(true);
      boolean timeWasSet =
          stat.modifySeconds() != stat.changeSeconds() || stat.modifyNanos() != stat.changeNanos();
      if (timeWasSet && (isNew || mark.explicit())) {
        dirty.restate(path);
      }
    }
  }

  /**
   * Whether such a content is on its way aside, and perhaps just this one under another name: that
   * is put before this one is deleted.
   */
  private boolean mayBeAside(State state) {
    return state.size() >= LargeFiles.LARGE
        && aside.filter(files -> files.hasAny(path -> hasSize(path, state.size()))).isPresent();
  }

  private boolean hasSize(String path, long size) {
    try {
      return disk.look(path).filter(stat -> stat.size() == size).isPresent();
    } catch (ErrnoException e) {
      LOG.debug("{} cannot be looked at: {}", path, e.getMessage());
      return false;
    }
  }

  /** Whether it is taken for another batch. */
  private boolean isAside(String path) {
    return aside.filter(files -> files.has(path)).isPresent();
  }

  /** The content of a file: of a small one at once, of a large one when it was sent aside. */
  private FileContent content(String path, Mark mark, Stat found, Xattrs logged, Batch batch)
      throws ErrnoException, Busy, Unstable {
    LargeFiles.Done done = batch.sent.get(path);
    if (done != null) {
      if (done.error().isPresent()) {
        throw done.error().get();
      }
      FileContent content = done.content().orElseThrow(Unstable::new);
      if (!content.isOf(found)) {
        throw new Unstable();
      }
      batch.links.keep(content);
      return content;
    }
    Optional<FileContent> read = batch.links.content(found);
    if (read.isPresent()) {
      return read.get();
    }
    if (namespace.mayBeMapped(path)) {
      // From here on a change through a mapping shows in the times again.
      disk.sync(path);
    }
    if (batch.moved && found.size() >= LargeFiles.LARGE) {
      batch.tooMuch = true;
      throw new TooMuch();
    }
    // A change set goes all at once, and what is large of it with it.
    boolean apart = aside.isPresent() && batch.changeSet.isEmpty();
    if (apart && found.size() >= LargeFiles.LARGE) {
      if (!mark.equals(batch.marks.get(path))) {
        // Not for itself, but along with another: that one has to wait for it.
        throw new Busy();
      }
      aside.get().add(mark, logged);
      throw new Aside();
    }
    read = FileContent.read(disk, path, logged);
    read.ifPresent(batch.links::keep);
    return read.orElseThrow(Unstable::new);
  }

  private Change.PutFile putFile(
      String path, Optional<IndexEntry> known, FileContent content, Batch batch)
      throws ErrnoException {
    Stat stat = content.stat();
    return new Change.PutFile(
        path,
        metadata(disk, stat, known, Kind.FILE, true).with(content.xattrs()),
        stat.size(),
        content.digest(),
        content.content(),
        batch.links.of(path, stat, known));
  }

  /**
   * Plans the same for the file's other names, before this one: those that the log has are to be
   * right when another is linked with them, and all of them change at once.
   */
  private void planOtherNames(
      String path, FileContent content, Optional<Signature> signature, Batch batch)
      throws ErrnoException, Busy {
    if (content.stat().links() == 1) {
      return;
    }
    for (IndexEntry other : batch.links.others(path, content.stat())) {
      String name = other.path();
      if (!Kind.FILE.travels(PathNames.rules(rules, name))) {
        continue;
      }
      Change.PutFile put = putFile(name, Optional.of(other), content, batch);
      boolean planned = batch.plan.has(name);
      if (planned ? batch.plan.has(put) : other.state().equals(State.after(put))) {
        continue;
      }
      if (planned || batch.plan.size() > 2 * batch.limit) {
        // What is planned was read before the file was changed again, under this name.
        dirty.mark(name, false, false);
        continue;
      }
      if (!batch.marks.containsKey(name)) {
        if (!dirty.takeAlong(name)) {
          throw new Busy();
        }
        batch.along.add(name);
        if (!journal.entry(name).equals(Optional.of(other))) {
          throw new Busy(); // apply was at work on it
        }
      }
      plan(new Plan.Item(put, other.version(), signature), batch);
    }
  }

  /**
   * What travels of an inode, but for extended attributes. An owner that this host could not give
   * it keeps the name that the log has; a directory's time is as the log has it unless somebody set
   * it.
   */
  static Metadata metadata(
      Disk disk, Stat stat, Optional<IndexEntry> known, Kind kind, boolean timed) {
    Metadata now = disk.metadata(stat);
    Optional<Metadata> before = known.flatMap(entry -> entry.state().metadata());
    Optional<Signature> signature = known.flatMap(IndexEntry::signature);
    if (before.isEmpty()) {
      return now;
    }
    boolean sameKind = known.get().state().kind() == kind;
    boolean keepTime = kind == Kind.DIRECTORY && sameKind && !timed;
    return new Metadata(
        kind == Kind.SYMLINK && sameKind ? before.get().mode() : now.mode(),
        signature.filter(then -> then.uid() == stat.uid()).isPresent()
            ? before.get().owner()
            : now.owner(),
        signature.filter(then -> then.gid() == stat.gid()).isPresent()
            ? before.get().group()
            : now.group(),
        keepTime ? before.get().mtimeSeconds() : now.mtimeSeconds(),
        keepTime ? before.get().mtimeNanos() : now.mtimeNanos());
  }

  /** Plans the directories above that the log lacks, the topmost first. */
  private void planParents(String path, Batch batch) throws ErrnoException, Busy, Unstable {
    String parent = PathNames.parent(path);
    if (parent.isEmpty() || batch.plan.has(parent)) {
      return;
    }
    boolean known =
        journal.entry(parent).filter(entry -> entry.state().kind() == Kind.DIRECTORY).isPresent();
    if (known) {
      return;
    }
    planParents(parent, batch);
    if (!Kind.DIRECTORY.travels(PathNames.rules(rules, parent))) {
      return;
    }
    Optional<Stat> found = disk.look(parent);
    if (found.isEmpty() || !found.get().isDirectory()) {
      throw new Unstable();
    }
    if (!batch.marks.containsKey(parent)) {
      if (isAside(parent) || !dirty.takeAlong(parent)) {
        throw new Busy();
      }
      batch.along.add(parent);
    }
    planPut(
        parent,
        new Mark(parent, 0, 0, false, false, false),
        journal.entry(parent),
        found.get(),
        Kind.DIRECTORY,
        clock.instant(),
        batch);
  }

  /** Sends the chunks that the content store lacks. A file that changed since drops out. */
  private void upload(FarmLog log, Batch batch) throws QueueException {
    List<ChunkUpload.Chunked> files = new ArrayList<>();
    for (Plan.Item item : batch.plan.ordered()) {
      if (item.change() instanceof Change.PutFile put
          && put.content() instanceof Change.Content.Chunked chunked
          && !batch.sent.containsKey(put.path())) {
        files.add(new ChunkUpload.Chunked(put.path(), chunked.chunks()));
      }
    }
    for (String path : upload.send(log, files, () -> true)) {
      LOG.debug("{} changed while it was sent", path);
      Mark mark = batch.marks.get(path);
      if (mark == null) {
        batch.plan.remove(path);
        dirty.mark(path, false, false);
      } else {
        drop(mark, batch, delay(path));
      }
    }
  }

  private List<Draft> draft(FarmLog log, Batch batch) throws QueueException {
    List<Plan.Item> items = batch.items;
    if (items.isEmpty()) {
      return List.of();
    }
    long sequence = lastSequence(log);
    List<Draft> drafts = new ArrayList<>(items.size());
    for (Plan.Item item : items) {
      boolean asked = batch.isOffered();
      Optional<Provenance.Part> part =
          batch.changeSet.map(set -> new Provenance.Part(set, drafts.size(), items.size()));
      Terms byRule = terms.of(item.change(), kind(item));
      drafts.add(
          new Draft(
              UUID.randomUUID(),
              ++sequence,
              item.base(),
              item.change(),
              asked ? RuleTerms.onlyIfUnchanged(byRule) : byRule,
              new Provenance(
                  !asked, asked ? batch.request.get().author() : authors.of(item.path()), part),
              item.restored()));
    }
    journal.noteSent(sequence);
    return drafts;
  }

  private Kind kind(Plan.Item item) {
    Kind after = State.after(item.change()).kind();
    return after != Kind.ABSENT
        ? after
        : journal.entry(item.path()).map(entry -> entry.state().kind()).orElse(Kind.FILE);
  }

  private long lastSequence(FarmLog log) throws QueueException {
    if (lastSequence.isEmpty()) {
      lastSequence = OptionalLong.of(log.lastProducerSequence());
    }
    return lastSequence.getAsLong();
  }

  private void append(FarmLog log, Batch batch) throws QueueException {
    List<Outcome> outcomes;
    try {
      outcomes = log.append(batch.drafts);
    } catch (QueueException.MissingChunks e) {
      // Nothing was appended; the chunks were collected as garbage between upload and append.
      offered = Optional.empty();
      batch.request.ifPresent(request -> request.fail(e));
      abandon(batch);
      return;
    } catch (QueueException.Refused | QueueException.Corrupt e) {
      batch.request.ifPresent(request -> request.fail(e));
      throw e;
    }
    lastSequence = OptionalLong.of(lastSequence.getAsLong() + outcomes.size());
    for (int i = 0; i < outcomes.size(); i++) {
      if (!batch.isOffered()) {
        verdicts.record(batch.items.get(i), outcomes.get(i), batch.settled);
      }
    }
    long end = outcomes.get(outcomes.size() - 1).position();
    tally.head(end);
    tally.own(end);
    settle(batch);
    offered = Optional.empty();
    batch.request.ifPresent(request -> request.answer(batch.items, outcomes));
  }

  private void settle(Batch batch) {
    batch.marks.values().forEach(batch.settled::captured);
    dirty.recording().lock();
    try {
      journal.commit(batch.settled);
      batch.marks.keySet().forEach(dirty::done);
      batch.along.forEach(dirty::done);
    } finally {
      dirty.recording().unlock();
    }
    for (String path : batch.marks.keySet()) {
      if (!dirty.isDirty(path)) {
        authors.forget(path);
      }
    }
  }

  /** What others ask it to append. */
  Requests requests() {
    return requests;
  }

  /** What is under way is of a log that is no more: all of it is captured again. */
  void forget() {
    offered.ifPresent(this::abandon);
    offered.flatMap(batch -> batch.request).ifPresent(Capture::failAsForgotten);
    offered = Optional.empty();
    for (Optional<Requests.Request> next = requests.take();
        next.isPresent();
        next = requests.take()) {
      failAsForgotten(next.get());
    }
    lastSequence = OptionalLong.empty();
  }

  private static void failAsForgotten(Requests.Request request) {
    request.fail(
        new QueueException.Refused(
            "the log was restored to an earlier state meanwhile: ask again"));
  }

  /** Whether drafts wait for their answer, or to be offered. Any thread may ask. */
  boolean isBusy() {
    return offered.isPresent() || !requests.isEmpty();
  }
}
