package io.trifold.replica;

import io.trifold.posix.ErrnoException;
import io.trifold.posix.Stat;
import io.trifold.queue.Change;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;

/**
 * Files with several names, for one group of placements. Of paths with the same link, those that
 * the log says are equal are to be one file on disk, so it tells with which path one is to be
 * linked, and which must not be changed in place because another name would change with it.
 *
 * <p>What is done to one name touches the inode of the others, too, which would then look changed.
 * Of those that stood on disk as they were last in sync just before, the signature is taken anew
 * just after. That proves something only while nobody can change them: inside {@link
 * io.trifold.tree.Namespace#exclusively}, of paths that are not dirty and that nobody has open for
 * writing. Of one thread.
 */
final class LinkedFiles {
  private final Disk disk;
  private final Journal journal;
  private final Predicate<String> claim;
  private final Predicate<String> openForWriting;
  private final InstantSource clock;

  private final Map<String, Placement> placements = new LinkedHashMap<>();
  private final Map<String, Source> sources = new HashMap<>();
  private final Set<String> separate = new HashSet<>();

  /** What the index says of paths that capture is not at work on; empty for the others. */
  private final Map<String, Optional<IndexEntry>> known = new HashMap<>();

  /** The names that were touched here, and how they look since. */
  private final Map<String, Signature> current = new HashMap<>();

  /** By inode, the paths of the group that have it, of those whose inode has several names. */
  private final Map<Long, List<String>> planned = new HashMap<>();

  /** Names that were touched, of which the index does not tell what stands there. */
  private final Set<String> unrecorded = new HashSet<>();

  private final Set<String> placed = new HashSet<>();
  private final Set<String> suspects = new HashSet<>();

  /**
   * The path that another one is to be linked with.
   *
   * @param inGroup whether it is what it should be only once its placement is done
   */
  record Source(String path, boolean inGroup) {}

  /**
   * @param claim claims a path, which stays so until the group is done; false if it is dirty
   * @param openForWriting whether some caller has the file at the path open for writing
   */
  LinkedFiles(
      Disk disk,
      Journal journal,
      Predicate<String> claim,
      Predicate<String> openForWriting,
      InstantSource clock) {
    this.disk = disk;
    this.journal = journal;
    this.claim = claim;
    this.openForWriting = openForWriting;
    this.clock = clock;
  }

  /**
   * Decides over each file of the group.
   *
   * @param unlinkable paths that could not be linked when it was tried
   */
  void plan(List<Placement> group, Set<String> unlinkable) throws ErrnoException {
    for (Placement placement : group) {
      placements.put(placement.path(), placement);
    }
    Map<UUID, List<String>> earlier = new HashMap<>();
    for (Placement placement : group) {
      if (placement.event().change() instanceof Change.PutFile put) {
        Optional<Stat> found = disk.look(put.path());
        found
            .filter(stat -> stat.links() > 1)
            .ifPresent(
                stat ->
                    planned
                        .computeIfAbsent(stat.inode(), inode -> new ArrayList<>())
                        .add(put.path()));
        if (placement.dressOnly() && found.isPresent() && isSharedWithOthers(put, found.get())) {
          separate.add(put.path());
        }
        if (put.link().isPresent()) {
          List<String> before =
              earlier.computeIfAbsent(put.link().get(), link -> new ArrayList<>());
          if (!unlinkable.contains(put.path())) {
            planLink(put, found, before);
          }
          before.add(put.path());
        }
      }
    }
  }

  /**
   * Whether the inode has a name that is, and stays, something else in the log. A file that has one
   * name in the log has one on disk: two names of the index that are one inode have a link, or who
   * writes through one could not tell of the other.
   */
  private boolean isSharedWithOthers(Change.PutFile put, Stat found) throws ErrnoException {
    if (found.links() == 1) {
      return false;
    }
    if (put.link().isEmpty()) {
      return true;
    }
    State after = State.after(put);
    for (IndexEntry entry : journal.linked(found.inode())) {
      if (entry.path().equals(put.path()) || !isAt(entry.path(), found)) {
        continue;
      }
      Placement other = placements.get(entry.path());
      boolean goes =
          other != null && !(other.dressOnly() && other.event().change() instanceof Change.Put);
      State last = other == null ? entry.state() : State.after(other.event().change());
      if (!goes && !last.equals(after)) {
        return true;
      }
    }
    return false;
  }

  private boolean isAt(String path, Stat inode) throws ErrnoException {
    return disk.look(path).filter(stat -> isOne(stat, inode)).isPresent();
  }

  private static boolean isOne(Stat one, Stat other) {
    return one.inode() == other.inode() && one.device() == other.device();
  }

  private void planLink(Change.PutFile put, Optional<Stat> found, List<String> earlier)
      throws ErrnoException {
    State after = State.after(put);
    Optional<Source> source = Optional.empty();
    for (IndexEntry entry : journal.linked(put.link().get())) {
      // What the index says of a path that is placed here, too, may be over when it is looked at.
      boolean stays = !placements.containsKey(entry.path());
      if (stays && entry.state().equals(after) && isKnown(entry)) {
        if (found.isPresent() && isAt(entry.path(), found.get())) {
          return; // they are one file already
        }
        source = source.or(() -> Optional.of(new Source(entry.path(), false)));
      }
    }
    for (String path : earlier) {
      Placement other = placements.get(path);
      if (State.after(other.event().change()).equals(after)) {
        boolean stays = other.dressOnly() && !separate.contains(path) && !sources.containsKey(path);
        if (stays && found.isPresent() && isAt(path, found.get())) {
          return;
        }
        source = source.or(() -> Optional.of(new Source(path, true)));
      }
    }
    source.ifPresent(other -> sources.put(put.path(), other));
  }

  /** Whether the index's word on a path counts: capture is not at work on it. */
  private boolean isKnown(IndexEntry entry) {
    String path = entry.path();
    if (!known.containsKey(path)) {
      boolean reliable = placements.containsKey(path) || claim.test(path);
      // Read again after the claim: capture may have been at work on the path until then.
      known.put(path, reliable ? journal.entry(path) : Optional.empty());
    }
    return known.get(path).filter(now -> now.state().equals(entry.state())).isPresent();
  }

  /** What the path is to be linked with. */
  Optional<Source> source(Placement placement) {
    return Optional.ofNullable(sources.get(placement.path()));
  }

  /** Whether the path must be made anew even if its content stands there. */
  boolean isSeparate(Placement placement) {
    return separate.contains(placement.path());
  }

  /** Whether what stands there is what the placement was planned upon. */
  boolean expects(Placement placement, Optional<Stat> found) {
    Signature touched = current.get(placement.path());
    return touched == null
        ? placement.expected().holds(found)
        : found.filter(touched::matches).isPresent();
  }

  /** Whether the path has what is to be linked, and nobody is changing it. */
  boolean isSound(Source source) throws ErrnoException {
    String path = source.path();
    boolean sound =
        (!source.inGroup() || placed.contains(path))
            && !openForWriting.test(path)
            && isAsKnown(path, disk.look(path));
    if (!sound) {
      suspects.add(path);
    }
    return sound;
  }

  /** Paths that another one could not be linked with: capture is to look what stands there. */
  Set<String> suspects() {
    return suspects;
  }

  private boolean isAsKnown(String path, Optional<Stat> found) {
    if (found.isEmpty()) {
      return false;
    }
    Signature touched = current.get(path);
    return touched != null
        ? touched.matches(found.get())
        : known
            .getOrDefault(path, Optional.empty())
            .filter(entry -> entry.matches(found))
            .isPresent();
  }

  /** The names of this inode, but for the one given, of which it is known how they stand now. */
  Set<String> names(Optional<Stat> inode, String except) throws ErrnoException {
    Set<String> names = new HashSet<>();
    if (inode.isEmpty() || !inode.get().isRegular() || inode.get().links() == 1) {
      return names;
    }
    List<String> candidates = new ArrayList<>(current.keySet());
    for (IndexEntry entry : journal.linked(inode.get().inode())) {
      if (isKnown(entry)) {
        candidates.add(entry.path());
      }
    }
    for (String path : candidates) {
      Optional<Stat> found = disk.look(path);
      if (found.filter(stat -> isOne(stat, inode.get())).isPresent() && isAsKnown(path, found)) {
        names.add(path);
      }
    }
    // What a process that was killed has placed may be planned upon as it stands, and in the index
    // as nobody has seen it yet.
    for (String path : planned.getOrDefault(inode.get().inode(), List.of())) {
      Optional<Stat> found = disk.look(path);
      if (!placed.contains(path)
          && !names.contains(path)
          && found.filter(stat -> isOne(stat, inode.get())).isPresent()
          && expects(placements.get(path), found)) {
        names.add(path);
        unrecorded.add(path);
      }
    }
    names.remove(except);
    names.removeIf(openForWriting);
    return names;
  }

  /** These were touched, and nothing else was done to them. */
  void touched(Set<String> names) throws ErrnoException {
    for (String name : names) {
      Optional<Stat> found = disk.look(name);
      if (found.isPresent()) {
        current.put(name, Signature.of(found.get(), clock.instant()));
      }
    }
  }

  /** The path is placed, and looks like this. */
  void placed(String path, Optional<Signature> signature) {
    placed.add(path);
    if (signature.isPresent()) {
      current.put(path, signature.get());
    } else {
      current.remove(path);
    }
  }

  /** How a path that was placed looks, after all that was done to its inode since. */
  Optional<Signature> signature(String path) {
    return Optional.ofNullable(current.get(path));
  }

  /** The names that were touched and not placed: the index's entries as they are to be. */
  List<IndexEntry> refreshed() {
    List<IndexEntry> result = new ArrayList<>();
    current.forEach(
        (path, signature) -> {
          Optional<IndexEntry> entry = known.getOrDefault(path, Optional.empty());
          if (!placed.contains(path) && !unrecorded.contains(path) && entry.isPresent()) {
            long version = entry.get().version();
            State state = entry.get().state();
            result.add(new IndexEntry(path, version, state, Optional.of(signature)));
          }
        });
    return result;
  }
}
