package io.trifold.replica;

import io.trifold.posix.ErrnoException;
import io.trifold.rules.RuleState;
import java.util.List;

/**
 * Compares the whole disk with the index and marks what differs. It reads no content: an unchanged
 * signature is unchanged content, and what looks changed is for capture to read.
 */
final class Scan {
  private static final int PAGE = 1000;

  private final Disk disk;
  private final RuleState rules;
  private final Journal journal;
  private final DirtySet dirty;

  Scan(Disk disk, RuleState rules, Journal journal, DirtySet dirty) {
    this.disk = disk;
    this.rules = rules;
    this.journal = journal;
    this.dirty = dirty;
  }

  void run() throws ErrnoException {
    new Walk(disk, rules).from("", this::compare);
    String after = "";
    List<IndexEntry> page;
    do {
      page = journal.below("", after, PAGE);
      for (IndexEntry entry : page) {
        after = entry.path();
        if (entry.state().kind().travels(PathNames.rules(rules, entry.path()))) {
          compare(entry);
        }
      }
    } while (page.size() == PAGE);
  }

  private void compare(String path) throws ErrnoException {
    var found = disk.look(path);
    var entry = journal.entry(path);
    if (entry.isEmpty() ? found.isPresent() : !entry.get().proves(found, disk)) {
      dirty.mark(path, false, false);
    }
  }

  private void compare(IndexEntry entry) throws ErrnoException {
    if (disk.look(entry.path()).isEmpty()) {
      dirty.mark(entry.path(), false, false);
    }
  }
}
