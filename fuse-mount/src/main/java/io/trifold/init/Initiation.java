package io.trifold.init;

import io.trifold.posix.BackingRoot;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Stat;
import io.trifold.rules.RuleState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/** Tells what is to be done with an application's root, and does it. */
public final class Initiation {
  private final BackingRoot application;
  private final Optional<BackingRoot> shared;
  private final RuleState rules;

  /**
   * Prepares both.
   *
   * @param shared the shared storage; none where no rule is {@code remote}
   * @param rules the root's state
   */
  public Initiation(BackingRoot application, Optional<BackingRoot> shared, RuleState rules) {
    this.application = application;
    this.shared = shared;
    this.rules = rules;
  }

  /**
   * Looks at everything and changes nothing.
   *
   * @param examples how many paths of each fate the summary has
   */
  public Summary survey(int examples) throws ErrnoException {
    Summary summary = new Summary(examples);
    new Survey(application, shared).walk(rules, summary::add);
    return summary;
  }

  /**
   * Moves to the shared storage what belongs there. It can be interrupted at any moment, and goes
   * on where it was when it is called again.
   *
   * @param state a directory of this mount's own, for notes
   * @param examples how many paths of each fate the summary has
   * @param moved told the lengths of files that were moved
   * @return what was done: {@link Fate#MOVED} is what is at its place now
   */
  public Summary move(Path state, int examples, Consumer<Stat> moved)
      throws ErrnoException, IOException {
    Summary summary = new Summary(examples);
    if (shared.isEmpty()) {
      return summary;
    }
    try (MoveNotes notes = MoveNotes.in(state)) {
      Moving moving = new Moving(notes, summary, moved);
      new Survey(application, shared).walk(rules, moving::visit);
      if (moving.failure != null) {
        throw moving.failure;
      }
      notes.forget();
    }
    return summary;
  }

  private final class Moving {
    private final MoveNotes notes;
    private final Summary summary;
    private final Consumer<Stat> moved;
    private final StorageMove move = new StorageMove(application, shared.orElseThrow());
    private IOException failure;

    Moving(MoveNotes notes, Summary summary, Consumer<Stat> moved) {
      this.notes = notes;
      this.summary = summary;
      this.moved = moved;
    }

    void visit(String path, Stat stat, Fate fate) throws ErrnoException {
      Fate done = fate;
      if (fate == Fate.MOVED && stat.isDirectory()) {
        move.directory(path, stat);
      } else if (fate == Fate.MOVED) {
        note(path);
        done = failure == null && move.publish(path, stat) ? finish(path, stat) : Fate.DIFFERENT;
      } else if (fate == Fate.EQUAL && !stat.isDirectory() && notes.has(path)) {
        done = finish(path, stat);
      }
      summary.add(path, stat, done);
      if (done == Fate.MOVED) {
        moved.accept(stat);
      }
    }

    private Fate finish(String path, Stat stat) throws ErrnoException {
      return move.remove(path, stat) ? Fate.MOVED : Fate.DIFFERENT;
    }

    /** Without the note nothing is moved any more; the walk goes on to its end all the same. */
    private void note(String path) {
      try {
        notes.add(path);
      } catch (IOException e) {
        failure = failure == null ? e : failure;
      }
    }
  }
}
