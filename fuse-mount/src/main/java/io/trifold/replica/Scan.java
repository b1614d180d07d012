package io.trifold.replica;

import io.trifold.posix.ErrnoException;
import io.trifold.rules.RuleState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Compares the whole disk with the index and marks what differs. It reads no content: an unchanged
 * signature is unchanged content, and what looks changed is for capture to read.
 */
final class Scan {
  private static final int PAGE = 1000;
  private static final int LOOKS = 100;

  private final Disk disk;
  private final RuleState rules;
  private final Journal journal;
  private final DirtySet dirty;
  private List<String> sampled = List.of();
  private int looks;

  Scan(Disk disk, RuleState rules, Journal journal, DirtySet dirty) {
    this.disk = disk;
    this.rules = rules;
    this.journal = journal;
    this.dirty = dirty;
  }

  /**
   * What is in the index and not on the disk, though nobody told of it.
   *
   * @param known how many paths should be there
   */
  record Missing(long known, List<String> paths) {}

  /** Marks what is on the disk and differs, and tells what is not there. */
  Missing run() throws ErrnoException {
    new Walk(disk, rules).from("", path -> ifDiffers(path, this::mark));
    return missing();
  }

  /** Those are deleted indeed. */
  void believe(Missing missing) {
    missing.paths().forEach(this::mark);
  }

  private void mark(String path) {
    dirty.mark(path, false, false);
  }

  /** What is on the disk and differs; marks nothing. */
  List<String> differing() throws ErrnoException {
    List<String> paths = new ArrayList<>();
    new Walk(disk, rules).from("", path -> ifDiffers(path, paths::add));
    return paths;
  }

  /**
   * Files that were changed last, by the index.
   *
   * @param before what was changed later does not count
   * @param span how long before the last of these changes theirs may be
   */
  List<String> changedLast(Instant before, Duration span) throws ErrnoException {
    Instant[] last = {Instant.MIN};
    eachChangedFile(
        before, (path, changed) -> last[0] = changed.isAfter(last[0]) ? changed : last[0]);
    List<String> paths = new ArrayList<>();
    if (last[0].isAfter(Instant.MIN)) {
      Instant edge = last[0].minus(span);
      eachChangedFile(
          before,
          (path, changed) -> {
            if (!changed.isBefore(edge)) {
              paths.add(path);
            }
          });
    }
    return paths;
  }

  private void eachChangedFile(Instant before, BiConsumer<String, Instant> consumer)
      throws ErrnoException {
    eachKnown(
        entry -> {
          if (entry.state().kind() == Kind.FILE && entry.signature().isPresent()) {
            Instant changed = entry.signature().get().changed();
            if (changed.isBefore(before)) {
              consumer.accept(entry.path(), changed);
            }
          }
        });
  }

  /** Looks for all that the index has. */
  Missing missing() throws ErrnoException {
    long[] known = {0};
    List<String> paths = new ArrayList<>();
    eachKnown(
        entry -> {
          known[0]++;
          if (isMissing(entry)) {
            paths.add(entry.path());
          }
        });
    return new Missing(known[0], paths);
  }

  private interface Visitor {
    void on(IndexEntry entry) throws ErrnoException;
  }

  /** Shows all that the index has and that travels. */
  private void eachKnown(Visitor visitor) throws ErrnoException {
    String after = "";
    List<IndexEntry> page;
    do {
      page = journal.below("", after, PAGE);
      for (IndexEntry entry : page) {
        after = entry.path();
        if (entry.state().kind().travels(PathNames.rules(rules, after))) {
          visitor.on(entry);
        }
      }
    } while (page.size() == PAGE);
  }

  /**
   * Looks for some of what the index has, from all over it: enough to see that a root is empty.
   * Which these are is chosen anew now and then, for that reads the whole index.
   *
   * @param sample how many at most
   */
  Missing sample(int sample) throws ErrnoException {
    if (sampled.isEmpty() || looks++ % LOOKS == 0) {
      sampled = journal.sample(sample).stream().map(IndexEntry::path).toList();
    }
    List<String> paths = new ArrayList<>();
    long known = 0;
    for (String path : sampled) {
      Optional<IndexEntry> entry = journal.entry(path).filter(its -> its.state().exists());
      if (entry.isPresent() && entry.get().state().kind().travels(PathNames.rules(rules, path))) {
        known++;
        if (isMissing(entry.get())) {
          paths.add(path);
        }
      }
    }
    return new Missing(known, paths);
  }

  private boolean isMissing(IndexEntry entry) throws ErrnoException {
    return disk.look(entry.path()).isEmpty() && !dirty.isAtWork(entry.path());
  }

  private void ifDiffers(String path, Consumer<String> action) throws ErrnoException {
    var found = disk.look(path);
    var entry = journal.entry(path);
    if (entry.isEmpty()
        ? found.isPresent()
        : !entry.get().proves(found, disk) || KeptDirectories.isKept(entry.get(), found)) {
      action.accept(path);
    }
  }
}
