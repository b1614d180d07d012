package io.trifold.replica;

import io.trifold.posix.ErrnoException;
import io.trifold.queue.Change;
import io.trifold.queue.Event;
import io.trifold.queue.FarmLog;
import io.trifold.queue.Head;
import io.trifold.queue.PathState;
import io.trifold.queue.QueueException;
import io.trifold.replica.Journal.Standing;
import io.trifold.rules.FileNames;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a host in step that needs events which the log no longer has: by the latest event of each
 * path, against what was last in sync and what stands on disk. What changed here since it was in
 * sync is treated as it is by any apply: it stays, and goes to the farm as an edit of the version
 * that it was based on. Nothing is deleted that is not as it was when it was in sync.
 *
 * <p>It can be cut off at any moment: the position moves at its end, and what the index has by then
 * is passed over the next time.
 */
final class Resync {
  private static final Logger LOG = LoggerFactory.getLogger(Resync.class);
  private static final int PAGE = 500;

  /** Children before the directories that they are in. */
  private static final Comparator<Event> DEEPEST_FIRST =
      Comparator.comparing(
              (Event event) -> FileNames.encode(event.change().path()), Arrays::compareUnsigned)
          .reversed();

  private final Journal journal;
  private final Applier applier;
  private final Executor reader;

  Resync(Journal journal, Applier applier, Executor reader) {
    this.journal = journal;
    this.applier = applier;
    this.reader = reader;
  }

  /**
   * Does it.
   *
   * @return where the host stands now
   */
  Standing run(FarmLog log) throws QueueException, ErrnoException {
    // The head first: what is appended from here on is applied afterwards, as always.
    Head head = log.head();
    long from = journal.standing().position();
    LOG.warn(
        "the log begins at position {} and this host stands at {}: comparing all paths",
        head.oldest(),
        from);
    applier.bring(log, deletes(log));
    long forgotten = puts(log, head);
    Standing standing =
        new Standing(Optional.of(head.epoch()), head.position(), Optional.empty(), true);
    journal.commit(new JournalUpdate().standing(standing));
    LOG.warn(
        "in step again at position {}; {} paths that the farm has long forgotten are kept",
        head.position(),
        forgotten);
    return standing;
  }

  /** The deletes of what the index has, in the order in which they can be done. */
  private List<Event> deletes(FarmLog log) throws QueueException {
    List<Event> deletes = new ArrayList<>();
    StatePages pages = new StatePages(log, PAGE, reader);
    for (List<PathState> page = pages.next(); !page.isEmpty(); page = pages.next()) {
      for (PathState state : page) {
        if (state.event().change() instanceof Change.Delete && isOlder(state)) {
          deletes.add(state.event());
        }
      }
    }
    deletes.sort(DEEPEST_FIRST);
    return deletes;
  }

  private boolean isOlder(PathState state) {
    return journal
        .entry(state.path())
        .filter(entry -> entry.version() < state.event().position())
        .isPresent();
  }

  /** Brings the rest, and takes care of what the index has and the log does not. */
  private long puts(FarmLog log, Head head) throws QueueException, ErrnoException {
    long forgotten = 0;
    Indexed indexed = new Indexed();
    StatePages pages = new StatePages(log, PAGE, reader);
    for (List<PathState> page = pages.next(); !page.isEmpty(); page = pages.next()) {
      for (PathState state : page) {
        forgotten += forget(log, indexed.before(state.path()), head);
      }
      applier.bring(
          log,
          page.stream()
              .map(PathState::event)
              .filter(event -> !(event.change() instanceof Change.Delete))
              .toList());
    }
    return forgotten + forget(log, indexed.rest(), head);
  }

  /**
   * Paths whose delete nobody remembers any more, as this host was taken off the farm's list: what
   * stands there is as new as if it had been made now.
   */
  private long forget(FarmLog log, List<IndexEntry> entries, Head head) throws QueueException {
    long forgotten = 0;
    for (IndexEntry entry : entries) {
      if (entry.version() <= head.position() && log.state(entry.path()).isEmpty()) {
        journal.commit(
            new JournalUpdate()
                .index(new IndexEntry(entry.path(), 0, State.ABSENT, Optional.empty())));
        forgotten++;
      }
    }
    return forgotten;
  }

  /** What the index has, by path, as the log's pages are: so the two can be walked side by side. */
  private final class Indexed {
    private final Deque<IndexEntry> read = new ArrayDeque<>();
    private String after = "";
    private boolean ended;

    /** The entries before a path of the log, behind the one asked for last, and without it. */
    List<IndexEntry> before(String path) {
      byte[] limit = FileNames.encode(path);
      List<IndexEntry> before = new ArrayList<>();
      while (fill()) {
        int order = Arrays.compareUnsigned(FileNames.encode(read.getFirst().path()), limit);
        if (order > 0) {
          break;
        }
        IndexEntry entry = read.removeFirst();
        if (order < 0) {
          before.add(entry);
        }
      }
      return before;
    }

    List<IndexEntry> rest() {
      List<IndexEntry> rest = new ArrayList<>();
      while (fill()) {
        rest.add(read.removeFirst());
      }
      return rest;
    }

    private boolean fill() {
      if (read.isEmpty() && !ended) {
        List<IndexEntry> page = journal.below("", after, PAGE);
        ended = page.size() < PAGE;
        page.forEach(read::addLast);
        if (!page.isEmpty()) {
          after = page.get(page.size() - 1).path();
        }
      }
      return !read.isEmpty();
    }
  }
}
