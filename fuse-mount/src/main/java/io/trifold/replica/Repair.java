package io.trifold.replica;

import io.trifold.posix.ErrnoException;
import io.trifold.posix.Stat;
import io.trifold.queue.FarmLog;
import io.trifold.queue.PathState;
import io.trifold.queue.QueueException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Mends what a verification found: what nobody changed goes back to the log's version, a copy of
 * what stands here being kept aside; what somebody changed is captured as a change of this host.
 */
final class Repair {
  private static final Logger LOG = LoggerFactory.getLogger(Repair.class);

  private final Disk disk;
  private final Journal journal;
  private final DirtySet dirty;
  private final Displaced displaced;
  private final InstantSource clock;

  Repair(Disk disk, Journal journal, DirtySet dirty, Displaced displaced, InstantSource clock) {
    this.disk = disk;
    this.journal = journal;
    this.dirty = dirty;
    this.displaced = displaced;
    this.clock = clock;
  }

  /**
   * Begins to mend one path; apply or capture ends it.
   *
   * @return what is done about it, in a few words
   */
  String mend(FarmLog log, Divergence divergence) throws QueueException, ErrnoException {
    String path = divergence.path();
    return switch (divergence.kind()) {
      case CHANGED -> capture(path, false);
      case UNKNOWN -> capture(path, divergence.log().equals("nothing") && isIndexed(path));
      case DAMAGED, MISSING, UNAPPLIED -> {
        Optional<PathState> state = log.state(path);
        yield state.isEmpty() ? capture(path, true) : bringBack(path, state.get());
      }
    };
  }

  private boolean isIndexed(String path) {
    return journal.entry(path).filter(entry -> entry.state().exists()).isPresent();
  }

  private String capture(String path, boolean forget) {
    if (forget) {
      journal.commit(
          new JournalUpdate().index(new IndexEntry(path, 0, State.ABSENT, Optional.empty())));
    }
    dirty.mark(path, false, true);
    return "it is sent to the farm as a change of this host";
  }

  /** Has apply place the log's version over just what stands there now. */
  private String bringBack(String path, PathState state) throws ErrnoException {
    if (!dirty.claim(path)) {
      return "it is being changed, and left alone";
    }
    try {
      Optional<Stat> found = disk.look(path);
      String kept = found.isPresent() ? setAside(path, found.get()) : "";
      Optional<Signature> there = found.map(stat -> Signature.of(stat, clock.instant()));
      journal.commit(
          new JournalUpdate()
              .reinstate(
                  path,
                  State.ABSENT,
                  there,
                  state.version(),
                  "brought back by a repair",
                  clock.instant()));
      return "the log's version is brought back" + kept;
    } finally {
      dirty.release(List.of(path));
    }
  }

  private String setAside(String path, Stat found) {
    try {
      return displaced.keep(path, found) ? ", what stood here is kept in " + displaced : "";
    } catch (ErrnoException e) {
      LOG.warn("{}: what stands here cannot be kept: {}", path, e.getMessage());
      return ", what stood here could not be read";
    }
  }
}
