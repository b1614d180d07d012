package io.trifold.replica;

import io.trifold.posix.ErrnoException;
import io.trifold.posix.Stat;
import io.trifold.queue.Event;
import io.trifold.queue.FarmLog;
import io.trifold.queue.Metadata;
import io.trifold.queue.QueueException;
import io.trifold.queue.Xattrs;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks through the disk after the machine itself went down, by a loss of power or a crash of its
 * kernel. What programs had written and not forced to the disk, and what was in the log already,
 * can be missing then, be empty, end in zeros, or be as it was before. To take that for a change
 * made here would take the lost writes back on every host: instead the log's version is brought
 * back.
 *
 * <p>It touches the journal alone: apply does the rest. Nobody else may be at work on what is
 * marked already meanwhile. After a crash of the process it is done again.
 */
final class Aftermath {
  private static final Logger LOG = LoggerFactory.getLogger(Aftermath.class);

  /** What a filesystem gives out as a whole: a tail of zeros in it was never written. */
  private static final int BLOCK = 4096;

  private static final int PAGE = 1000;

  /**
   * What was written longer before the machine went down is on its disk: Linux writes it back after
   * half a minute, {@code vm.dirty_expire_centisecs}.
   */
  private static final Duration WRITTEN_BACK = Duration.ofHours(1);

  /** Older versions that are looked at. */
  private static final int VERSIONS = 100;

  private final Disk disk;
  private final Journal journal;
  private final DirtySet dirty;
  private final FarmLog log;
  private final Displaced displaced;
  private final Instant booted;
  private final InstantSource clock;

  /**
   * @param booted when the machine was started again: what was changed later was changed by
   *     somebody
   */
  Aftermath(
      Disk disk,
      Journal journal,
      DirtySet dirty,
      FarmLog log,
      Displaced displaced,
      Instant booted,
      InstantSource clock) {
    this.disk = disk;
    this.journal = journal;
    this.dirty = dirty;
    this.log = log;
    this.displaced = displaced;
    this.booted = booted;
    this.clock = clock;
  }

  /**
   * Looks through all that differs from what was last in sync, and reads what was changed last.
   *
   * @param missing what is not there
   * @return how many paths are brought back
   */
  int run(Scan scan, Scan.Missing missing) throws ErrnoException, QueueException {
    long head = log.head().position();
    int restored = 0;
    for (String path : scan.differing()) {
      restored += takesBack(path, head) ? 1 : 0;
    }
    for (String path : missing.paths()) {
      restored += takesBack(path, head) ? 1 : 0;
    }
    for (String path : scan.changedLast(booted, WRITTEN_BACK)) {
      restored += takesBackUnseen(path, head) ? 1 : 0;
    }
    for (String tree : dirty.movedTrees()) {
      restored += takeBackBelow(tree, head);
    }
    return restored;
  }

  /**
   * Brings back a file that looks as it did and has something else in it: of two writes within a
   * tick of the clock that stamps inodes, the first was on the disk and the other is lost. It is
   * nobody's change, also where it is marked: what was changed after the last look shows.
   */
  private boolean takesBackUnseen(String path, long head) {
    try {
      return lacksTheLast(path, head);
    } catch (ErrnoException e) {
      if (!e.isAbsence()) {
        LOG.warn(
            "what {} holds since the machine went down is not known: {}", path, e.getMessage());
      }
      return false;
    }
  }

  private boolean lacksTheLast(String path, long head) throws ErrnoException {
    Optional<IndexEntry> known = journal.entry(path);
    Optional<Stat> found = disk.look(path);
    if (known.isEmpty()
        || found.isEmpty()
        || known.get().signature().filter(then -> then.isUntouched(found.get())).isEmpty()) {
      return false;
    }
    Optional<State> there = state(disk, path, found.get());
    if (there.isEmpty() || there.get().sameContent(known.get().state())) {
      return false;
    }
    displaced.keep(path, found.get());
    reinstate(path, there.get().linked(known.get().state().link()), known.get().signature(), head);
    LOG.warn("{} lacks what was written last: the log's version is brought back", path);
    return true;
  }

  private int takeBackBelow(String tree, long head) throws ErrnoException {
    int restored = 0;
    String after = "";
    List<IndexEntry> page;
    do {
      page = journal.below(tree, after, PAGE);
      for (IndexEntry entry : page) {
        after = entry.path();
        restored += takesBackOfTree(entry, head) ? 1 : 0;
      }
    } while (page.size() == PAGE);
    return restored;
  }

  /**
   * Brings back at its old place what is missing of a tree that was moved since: it was not moved
   * along, and nobody has deleted it. Nobody is at work on the tree before this is over.
   */
  private boolean takesBackOfTree(IndexEntry known, long head) throws ErrnoException {
    String path = known.path();
    Optional<String> moved = dirty.movedTo(path);
    if (moved.isEmpty()
        || known.state().kind() == Kind.DIRECTORY
        || disk.look(path).isPresent()
        || disk.look(moved.get()).isPresent()) {
      return false;
    }
    reinstate(path, State.ABSENT, Optional.empty(), head);
    LOG.warn("{} was missing before its directory was moved: it is brought back", path);
    return true;
  }

  /** What this host itself put behind the index's version is lost here as well: up to the head. */
  private void reinstate(String path, State there, Optional<Signature> signature, long head) {
    journal.commit(
        new JournalUpdate()
            .reinstate(path, there, signature, head, "as the machine went down", clock.instant()));
  }

  /** Not what somebody has changed, or is changing. */
  private boolean takesBack(String path, long head) throws ErrnoException, QueueException {
    if (!dirty.claim(path)) {
      return false;
    }
    try {
      return takesBackClaimed(path, head);
    } catch (ErrnoException e) {
      if (e.isAbsence()) {
        return false;
      }
      throw e;
    } finally {
      dirty.release(List.of(path));
    }
  }

  private boolean takesBackClaimed(String path, long head) throws ErrnoException, QueueException {
    Optional<IndexEntry> entry = journal.entry(path);
    // What gave way to another host's version may be based on none.
    if (entry.filter(its -> its.version() > 0 || its.state().exists()).isEmpty()) {
      return false;
    }
    IndexEntry known = entry.get();
    Optional<Stat> found = disk.look(path);
    if (found.isPresent() && !changed(found.get()).isBefore(booted)) {
      return false;
    }
    Instant looked = clock.instant();
    Optional<State> there =
        found.isPresent() ? state(disk, path, found.get()) : Optional.of(State.ABSENT);
    Optional<String> looks =
        there.isPresent() ? looks(known, found, there.get()) : Optional.empty();
    if (looks.isEmpty()) {
      return false;
    }
    if (found.filter(stat -> stat.size() > 0).isPresent()) {
      displaced.keep(path, found.get());
    }
    reinstate(
        path,
        there.get().linked(known.state().link()),
        found.map(stat -> Signature.of(stat, looked)),
        head);
    LOG.warn(
        "{} {} since the machine went down: the log's version is brought back", path, looks.get());
    return true;
  }

  /** In what way it looks like left over; empty if it does not, or is being changed. */
  private Optional<String> looks(IndexEntry known, Optional<Stat> found, State there)
      throws ErrnoException, QueueException {
    if (found.isEmpty()) {
      return known.state().exists() ? Optional.of("is missing") : Optional.empty();
    }
    String path = known.path();
    boolean sameContent = there.sameContent(known.state());
    if (there.kind() == Kind.FILE && known.state().kind() == Kind.FILE && !sameContent) {
      if (there.size() == 0) {
        return Optional.of("is empty");
      }
      if (endsInZeros(path, there.size())) {
        return Optional.of("ends in zeros");
      }
    }
    // The index's version is an earlier one, too, where what was done to it here gave way.
    for (Event event : log.history().versions(path, false, known.version() + 1, VERSIONS)) {
      State before = State.after(event.change());
      if (event.counts()
          && event.change().path().equals(path)
          && !before.equals(known.state())
          && before.sameContent(there)
          && (!sameContent || before.metadata().equals(there.metadata()))) {
        return Optional.of("is as it was before");
      }
    }
    return Optional.empty();
  }

  private static Instant changed(Stat found) {
    return Instant.ofEpochSecond(found.changeSeconds(), found.changeNanos());
  }

  /** What stands at the path; empty if it changes meanwhile, or is nothing that travels. */
  static Optional<State> state(Disk disk, String path, Stat found) throws ErrnoException {
    try {
      Metadata metadata = disk.metadata(found).with(disk.xattrs(path, Xattrs.NONE));
      return switch (Kind.of(found).orElse(Kind.ABSENT)) {
        case FILE ->
            FileContent.read(disk, path)
                .map(content -> State.file(metadata, content.stat().size(), content.digest()));
        case SYMLINK -> Optional.of(State.symlink(metadata, disk.readlink(path)));
        case DIRECTORY -> Optional.of(State.directory(metadata));
        case ABSENT -> Optional.empty();
      };
    } catch (ErrnoException e) {
      if (e.isAbsence()) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private boolean endsInZeros(String path, long size) throws ErrnoException {
    byte[] tail = new byte[(int) ((size - 1) % BLOCK + 1)];
    try (Disk.Source source = disk.read(path)) {
      int length = source.read(size - tail.length, tail, tail.length);
      for (int i = 0; i < length; i++) {
        if (tail[i] != 0) {
          return false;
        }
      }
      return length > 0;
    }
  }
}
