package io.trifold.replica;

import io.trifold.posix.ErrnoException;
import io.trifold.posix.Stat;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/**
 * What the names of one file on disk have in common in the log, for one batch of captured changes.
 * Every name of a file that has several is looked at when a name was added: by its mark, or by the
 * scan, for that changes the inode. So whichever comes first chooses a link, and the others find it
 * here or in the index. Of one thread.
 */
final class Links {
  private final Disk disk;
  private final Journal journal;
  private final Map<Inode, UUID> chosen = new HashMap<>();
  private final Map<Inode, FileContent> read = new HashMap<>();
  private final Map<Inode, Map<String, Stat>> met = new HashMap<>();

  Links(Disk disk, Journal journal) {
    this.disk = disk;
    this.journal = journal;
  }

  private record Inode(long device, long number) {
    static Inode of(Stat stat) {
      return new Inode(stat.device(), stat.inode());
    }
  }

  /** The link of the file; none if it has one name only. */
  Optional<UUID> of(String path, Stat stat, Optional<IndexEntry> known) throws ErrnoException {
    if (stat.links() == 1) {
      return Optional.empty();
    }
    UUID link = chosen.get(Inode.of(stat));
    if (link == null) {
      link = choose(path, stat, known);
      chosen.put(Inode.of(stat), link);
    }
    return Optional.of(link);
  }

  private UUID choose(String path, Stat stat, Optional<IndexEntry> known) throws ErrnoException {
    Optional<UUID> own =
        known
            .filter(
                entry -> entry.signature().map(then -> then.inode() == stat.inode()).orElse(true))
            .flatMap(entry -> entry.state().link());
    List<UUID> others = new ArrayList<>();
    for (IndexEntry entry : others(path, stat)) {
      entry.state().link().ifPresent(others::add);
    }
    if (own.isPresent() && (others.isEmpty() || others.contains(own.get()))) {
      return own.get();
    }
    return others.isEmpty() ? UUID.randomUUID() : others.get(0);
  }

  /** The other names of the file that the index has with a link. */
  List<IndexEntry> others(String path, Stat stat) throws ErrnoException {
    List<IndexEntry> others = new ArrayList<>();
    for (IndexEntry entry : journal.linked(stat.inode())) {
      boolean same =
          disk.look(entry.path()).filter(now -> Inode.of(now).equals(Inode.of(stat))).isPresent();
      if (same && !entry.path().equals(path)) {
        others.add(entry);
      }
    }
    return others;
  }

  /**
   * Notes how the file looks under this name.
   *
   * @return the names that were looked at before, when it looked different: it was changed since,
   *     and perhaps nobody told of those names, as the index does not have them yet
   */
  Set<String> outdated(String path, Stat stat) {
    if (stat.links() == 1) {
      return Set.of();
    }
    Map<String, Stat> names = met.computeIfAbsent(Inode.of(stat), inode -> new HashMap<>());
    Set<String> outdated = new TreeSet<>();
    names.forEach(
        (name, then) -> {
          // Not by the time of change alone: within one tick of the clock that stays as it is.
          if (!FileContent.isSame(then, stat)) {
            outdated.add(name);
          }
        });
    names.put(path, stat);
    return outdated;
  }

  /** Keeps what was read of a file with several names, to be asked for by the next one. */
  void keep(FileContent content) {
    if (content.stat().links() > 1) {
      read.put(Inode.of(content.stat()), content);
    }
  }

  /** What was read of this very file under another name, if it has not changed since. */
  Optional<FileContent> content(Stat stat) {
    return Optional.ofNullable(read.get(Inode.of(stat))).filter(content -> content.isOf(stat));
  }
}
