package io.trifold.replica;

import io.trifold.fuse.Caller;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.rules.Binding;
import io.trifold.rules.Decision;
import io.trifold.rules.Options;
import io.trifold.rules.RuleState;
import io.trifold.tree.ChangeObserver;
import java.time.InstantSource;
import java.util.function.BooleanSupplier;

/**
 * Takes what the tree tells of: marks the paths for capture, and refuses or waits where a path's
 * rule wants that. On its caller's own thread, which is in a call of some application.
 */
final class ChangeIntake implements ChangeObserver {
  private final ReplicaSettings settings;
  private final RuleState rules;
  private final DirtySet dirty;
  private final MarkWriter marks;
  private final PatientJournal journal;
  private final OpenChangeSets changeSets;
  private final Authors authors;
  private final Settling settling;
  private final Signal capture;
  private final InstantSource clock;
  private final BooleanSupplier reachable;

  /**
   * @param reachable whether the queue is there
   */
  ChangeIntake(
      ReplicaSettings settings,
      RuleState rules,
      DirtySet dirty,
      MarkWriter marks,
      PatientJournal journal,
      OpenChangeSets changeSets,
      Authors authors,
      Settling settling,
      Signal capture,
      InstantSource clock,
      BooleanSupplier reachable) {
    this.settings = settings;
    this.rules = rules;
    this.dirty = dirty;
    this.marks = marks;
    this.journal = journal;
    this.changeSets = changeSets;
    this.authors = authors;
    this.settling = settling;
    this.capture = capture;
    this.clock = clock;
    this.reachable = reachable;
  }

  /**
   * @throws ErrnoException {@code EROFS} while the queue is away and the path's rule refuses
   *     changes then; {@code ENOSPC} if so many changes wait for it already that no more are taken
   */
  @Override
  public void admit(String path) throws ErrnoException {
    if (reachable.getAsBoolean()) {
      return;
    }
    if (dirty.size() >= settings.upkeep().journalLimit() && !dirty.isDirty(path)) {
      throw new ErrnoException(
          Errno.ENOSPC, path + ": the queue is away, and the journal is full of changes");
    }
    RuleState state = PathNames.rules(rules, path);
    if (refuses(state.file()) || refuses(state.directory())) {
      throw new ErrnoException(Errno.EROFS, path + ": the queue is away");
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
    marks.nudge();
    capture.raise();
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
      marks.nudge();
      capture.raise();
    }
  }

  @Override
  public void persist(String path) throws ErrnoException {
    try {
      boolean durable = !dirty.isDirty(path) || marks.persist(() -> !journal.trouble().isEmpty());
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
}
