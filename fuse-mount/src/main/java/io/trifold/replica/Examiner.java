package io.trifold.replica;

import io.trifold.posix.ErrnoException;
import io.trifold.posix.Stat;
import io.trifold.queue.Change;
import io.trifold.queue.Metadata;
import io.trifold.queue.Xattrs;
import io.trifold.rules.RuleState;
import io.trifold.tree.Namespace;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks what stands at marked paths, and plans what of it differs from the index. Of capture's
 * thread.
 */
final class Examiner {
  private static final Logger LOG = LoggerFactory.getLogger(Examiner.class);
  private static final int PAGE = 1000;
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
  private final Authors authors;

  private final Map<String, Integer> failures = new HashMap<>();

  /** Since when files are waited for that callers have open for writing. */
  private final Map<String, Instant> awaited = new HashMap<>();

  private final Set<String> postponed = new HashSet<>();
  private final Set<String> special = new HashSet<>();
  private final KeptDirectories kept;
  private Optional<LargeFiles> aside = Optional.empty();

  Examiner(
      Disk disk,
      Namespace namespace,
      RuleState rules,
      Journal journal,
      DirtySet dirty,
      Tally tally,
      TooLarge tooLarge,
      InstantSource clock,
      Authors authors) {
    this.disk = disk;
    this.namespace = namespace;
    this.rules = rules;
    this.journal = journal;
    this.dirty = dirty;
    this.tally = tally;
    this.tooLarge = tooLarge;
    this.clock = clock;
    this.authors = authors;
    this.kept = new KeptDirectories(disk, namespace, journal, dirty);
  }

  /** Large files go this way from now on. */
  void aside(LargeFiles files) {
    aside = Optional.of(files);
  }

  /** Takes back what was sent aside; whether there was any. */
  boolean takeBack(Batch batch, Predicate<String> which) {
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

  /** Whether some of these are on their way aside. */
  boolean hasAside(Predicate<String> which) {
    return aside.filter(files -> files.hasAny(which)).isPresent();
  }

  /** What was taken goes its own way: it is not waited for again. */
  void release(Batch batch) {
    postponed.removeAll(batch.marks.keySet());
  }

  /** Plans what is at a marked path, or puts the mark back to be looked at again later. */
  void examine(Mark mark, Batch batch) {
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
      if (e.isAbsence()) {
        drop(mark, batch, FIRST_DELAY);
      } else {
        tally.failed("cannot read " + mark.path() + " to send it: " + e.getMessage());
        drop(mark, batch, delay(mark.path()));
      }
    }
  }

  /** A file that is planned has changed since it was read: it drops out. */
  void changed(String path, Batch batch) {
    Mark mark = batch.marks.get(path);
    if (mark == null) {
      batch.plan.remove(path);
      dirty.mark(path, false, false);
    } else {
      drop(mark, batch, delay(path));
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
   * A name that a file had may be gone, or be another file's, before what was written through it
   * was seen: then the file's other names tell.
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
      if (known.isPresent() && stat.inode() != found.inode()) {
        markFormerNames(known.get(), Optional.of(stat));
      }
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
    return state.size() >= LargeFiles.LARGE && hasAside(path -> hasSize(path, state.size()));
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
}
