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
  private final InstantSource clock;
  private final RuleTerms terms;
  private final Verdicts verdicts;
  private final Upload upload;
  private final Authors authors;
  private final Requests requests = new Requests();

  private final Map<String, Integer> failures = new HashMap<>();

  /** Since when files are waited for that callers have open for writing. */
  private final Map<String, Instant> awaited = new HashMap<>();

  private final Set<String> postponed = new HashSet<>();
  private final Set<String> special = new HashSet<>();
  private volatile Optional<Batch> offered = Optional.empty();
  private OptionalLong lastSequence = OptionalLong.empty();

  Capture(
      Disk disk,
      Namespace namespace,
      RuleState rules,
      Journal journal,
      DirtySet dirty,
      Tally tally,
      InstantSource clock,
      String host,
      Authors authors) {
    this.disk = disk;
    this.namespace = namespace;
    this.rules = rules;
    this.journal = journal;
    this.dirty = dirty;
    this.tally = tally;
    this.clock = clock;
    this.terms = new RuleTerms(rules, host);
    this.verdicts = new Verdicts(journal, clock);
    this.upload = new Upload(disk);
    this.authors = authors;
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
    List<Mark> marks = dirty.take(BATCH_EVENTS, clock.instant());
    if (marks.isEmpty()) {
      return false;
    }
    Batch batch = new Batch(BATCH_EVENTS);
    for (Mark mark : marks) {
      if (batch.bytes > BATCH_BYTES || batch.plan.size() > 2 * BATCH_EVENTS) {
        dirty.putBack(mark, Instant.MIN);
      } else {
        examine(mark, batch);
      }
    }
    try {
      upload(log, batch);
      batch.items = batch.plan.ordered();
      batch.drafts = draft(log, batch);
    } catch (QueueException e) {
      abandon(batch);
      throw e;
    }
    if (batch.drafts.isEmpty()) {
      settle(batch);
    } else {
      offered = Optional.of(batch);
      append(log, batch);
    }
    return true;
  }

  /** Offers what somebody asks for; who waits is told, also of a failure. */
  private void serve(FarmLog log, Requests.Request request) throws QueueException {
    Batch batch = request.batch();
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
    Batch batch = new Batch(SET_EVENTS);
    batch.request = Optional.of(request);
    batch.changeSet = Optional.of(changeSet);
    collect(changeSet, batch);
    try {
      upload(log, batch);
      batch.items = batch.plan.ordered();
      if (isTooLarge(batch)) {
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

  /** A file that is still changing is waited for a while, then goes its own way. */
  private void collect(UUID changeSet, Batch batch) {
    Instant end = clock.instant().plus(SET_PATIENCE);
    while (batch.plan.size() <= SET_EVENTS) {
      List<Mark> marks = dirty.takeHeld(changeSet, clock.instant());
      for (Mark mark : marks) {
        examine(mark, batch);
      }
      if (!dirty.hasHeld(changeSet) || !clock.instant().isBefore(end)) {
        return;
      }
      if (marks.isEmpty()) {
        LockSupport.parkNanos(SET_PAUSE.toNanos());
      }
    }
  }

  private static boolean isTooLarge(Batch batch) {
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
    } catch (Busy e) {
      drop(mark, batch, CLAIMED_DELAY);
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

  /** A file changed while it was read. */
  private static class Unstable extends Exception {
    private static final long serialVersionUID = 1L;

    Unstable() {
      super(null, null, false, false);
    }
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
    if (!namespace.openForWriting(path)) {
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
    if (!exists) {
      if (known.isPresent() && known.get().state().exists()) {
        planDelete(known.get(), state, batch);
      }
      return;
    }
    boolean timed = mark.explicit() && kind.get() == Kind.DIRECTORY;
    if (!timed && known.isPresent() && known.get().proves(found, disk)) {
      return;
    }
    planPut(path, mark, known, found.get(), kind.get(), looked, batch);
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
    batch.plan.add(new Plan.Item(new Change.Delete(path), known.version(), Optional.empty()));
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
      if (!dirty.takeAlong(path)) {
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
    if (kind == Kind.FILE) {
      awaitWriter(path);
      FileContent content = FileContent.read(disk, path, logged).orElseThrow(Unstable::new);
      stat = content.stat();
      Metadata metadata = metadata(stat, known, kind, true).with(content.xattrs());
      put = new Change.PutFile(path, metadata, stat.size(), content.digest(), content.content());
    } else if (kind == Kind.DIRECTORY) {
      Metadata metadata = metadata(found, known, kind, mark.explicit());
      put = new Change.PutDirectory(path, metadata.with(disk.xattrs(path, logged)));
    } else {
      Metadata metadata = metadata(found, known, kind, true);
      put = new Change.PutSymlink(path, metadata, disk.readlink(path));
    }
    Optional<Signature> signature = Optional.of(Signature.of(stat, looked));
    long base = known.map(IndexEntry::version).orElse(0L);
    if (known.isPresent() && known.get().state().equals(State.after(put)) && !mark.restated()) {
      batch.settled.index(new IndexEntry(path, base, known.get().state(), signature));
      return;
    }
    if (known.isPresent()
        && known.get().state().kind() == Kind.DIRECTORY
        && kind != Kind.DIRECTORY) {
      planDeletesBelow(path, batch);
    }
    planParents(path, batch);
    batch.plan.add(new Plan.Item(put, base, signature));
    if (put instanceof Change.PutFile file) {
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
   * What travels of an inode, but for extended attributes. An owner that this host could not give
   * it keeps the name that the log has; a directory's time is as the log has it unless somebody set
   * it.
   */
  private Metadata metadata(Stat stat, Optional<IndexEntry> known, Kind kind, boolean timed) {
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
      if (!dirty.takeAlong(parent)) {
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
    for (String path : upload.send(log, batch.plan.ordered())) {
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
                  !asked, asked ? batch.request.get().author() : authors.of(item.path()), part)));
    }
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

  /** Whether drafts wait for their answer, or to be offered. Any thread may ask. */
  boolean isBusy() {
    return offered.isPresent() || !requests.isEmpty();
  }
}
