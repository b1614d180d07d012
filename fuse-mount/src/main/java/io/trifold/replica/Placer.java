package io.trifold.replica;

import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Stat;
import io.trifold.queue.Change;
import io.trifold.queue.Digest;
import io.trifold.queue.FarmLog;
import io.trifold.queue.Metadata;
import io.trifold.queue.QueueException;
import io.trifold.queue.Xattrs;
import io.trifold.tree.Namespace;
import java.security.MessageDigest;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings events to the disk: content is staged beside, made durable, and swapped in while no caller
 * is at work on names, so that a path is at any moment its whole old or its whole new content. Of
 * one thread.
 *
 * <p>Staged is in {@code .trifold/staging} in the application root, which the tree hides, or, where
 * that is another filesystem, beside the target under a name that is hidden as well.
 */
final class Placer {
  private static final Logger LOG = LoggerFactory.getLogger(Placer.class);
  private static final String STAGING = PathNames.OWN + "/staging";

  /** From so many on, one sync of the filesystem costs less than one of each file. */
  private static final int FEW = 8;

  /** Files of the same content that are looked into. */
  private static final int TWINS = 2;

  /** Less than any number of files. */
  private static final int ALWAYS = -1;

  private final Disk disk;
  private final Namespace namespace;
  private final InstantSource clock;
  private final String session;
  private final StagingCrew crew;
  private final AtomicLong serial = new AtomicLong();
  private volatile long stagingDevice;
  private Optional<Fetches> aside = Optional.empty();
  private Twins twins = (content, limit) -> List.of();

  /** Paths that are other names of a file in the log and cannot be that on this disk. */
  private final Set<String> unlinkable = new HashSet<>();

  /**
   * One that does all in the calling thread.
   *
   * @param session tells the names of this process from what a dead one left
   */
  Placer(Disk disk, Namespace namespace, InstantSource clock, String session) {
    this(disk, namespace, clock, session, StagingCrew.none());
  }

  /**
   * One that is helped.
   *
   * @param crew stages many files at a time
   */
  Placer(Disk disk, Namespace namespace, InstantSource clock, String session, StagingCrew crew) {
    this.disk = disk;
    this.namespace = namespace;
    this.clock = clock;
    this.session = session;
    this.crew = crew;
  }

  /** Knows of files by their content. */
  @FunctionalInterface
  interface Twins {
    /** Some that had this content when last in sync. Of any thread. */
    List<IndexEntry> of(Digest content, int limit);
  }

  /** Content that stands on the disk already is not fetched from now on. */
  void lookFor(Twins known) {
    twins = known;
  }

  /** What is here of large files is taken from there from now on. */
  void aside(Fetches fetches) {
    aside = Optional.of(fetches);
  }

  /** Fetches content to a place from which it can be put to its path, durably. Of any thread. */
  Fetches.Fetching fetching() {
    return new Fetches.Fetching() {
      @Override
      public String fetch(FarmLog log, Change.PutFile file, BooleanSupplier goesOn)
          throws QueueException, ErrnoException {
        String beside = besideName(file.path());
        boolean fetched = false;
        try {
          Placer.this.fetch(log, file, beside, goesOn);
          disk.sync(beside);
          fetched = true;
          return beside;
        } finally {
          if (!fetched) {
            Placer.this.discard(beside);
          }
        }
      }

      @Override
      public void discard(String beside) {
        Placer.this.discard(beside);
      }
    };
  }

  /** Makes the staging directory, and empties it of what a dead process left. */
  void prepare() throws ErrnoException {
    for (String directory : List.of(PathNames.OWN, STAGING)) {
      if (disk.look(directory).isEmpty()) {
        disk.mkdir(directory);
      }
    }
    Stat staging = disk.look(STAGING).orElseThrow(() -> new ErrnoException(Errno.EIO, STAGING));
    if (!staging.isDirectory()) {
      throw new ErrnoException(Errno.ENOTDIR, STAGING);
    }
    stagingDevice = staging.device();
    for (Disk.Listed entry : disk.list(STAGING)) {
      discard(PathNames.child(STAGING, entry.name()));
    }
  }

  /**
   * Places them in their order, each path at most once. When this returns, what was placed is
   * durable and the tree knows of it.
   *
   * @param links what is to be known of files with several names; afterwards it tells which others
   *     were touched
   * @param note is told what is about to be placed, when all is ready for it: see {@link #isPlaced}
   * @return the result of each
   * @throws QueueException if content could not be fetched: then nothing was placed
   */
  Map<Placement, Placement.Result> place(
      FarmLog log, List<Placement> placements, LinkedFiles links, Consumer<List<IndexEntry>> note)
      throws QueueException, ErrnoException {
    Map<Placement, Placement.Result> results =
        placeAll(
            log,
            placements,
            links,
            staged -> {
              syncStaged(staged, links, FEW);
              note.accept(planned(placements, links, staged));
            });
    syncPlaced(results);
    return results;
  }

  /**
   * As {@link #place}, but what was placed is durable only after the next call of this method, or
   * of {@link #settle}: so there is one sync of the filesystem for a group, and not two.
   */
  Map<Placement, Placement.Result> placeLoosely(
      FarmLog log, List<Placement> placements, LinkedFiles links)
      throws QueueException, ErrnoException {
    Map<Placement, Placement.Result> results =
        placeAll(log, placements, links, staged -> syncStaged(staged, links, ALWAYS));
    syncPlacedElsewhere(results);
    return results;
  }

  /** Waits until all that was placed is durable. */
  void settle() throws ErrnoException {
    disk.syncFilesystem(STAGING);
  }

  /**
   * How the index is to be, with the inode that is to have the path as it looks now: none where
   * something is removed, or only gets other metadata.
   */
  private List<IndexEntry> planned(
      List<Placement> placements, LinkedFiles links, Map<Placement, String> staged)
      throws ErrnoException {
    Map<String, String> besides = new HashMap<>();
    staged.forEach((placement, beside) -> besides.put(placement.path(), beside));
    List<IndexEntry> planned = new ArrayList<>();
    for (Placement placement : placements) {
      Change change = placement.event().change();
      boolean failed =
          change instanceof Change.Put
              && !staged.containsKey(placement)
              && !placement.dressOnly()
              && !(change instanceof Change.PutDirectory);
      if (failed) {
        continue;
      }
      String beside = staged.getOrDefault(placement, "");
      Optional<LinkedFiles.Source> source = links.source(placement);
      if (source.isPresent()) {
        String path = source.get().path();
        beside = source.get().inGroup() ? besides.getOrDefault(path, path) : path;
      }
      Optional<Stat> inode = beside.isEmpty() ? Optional.empty() : disk.look(beside);
      planned.add(
          new IndexEntry(
              placement.path(),
              placement.event().position(),
              State.after(change),
              inode.map(stat -> Signature.of(stat, clock.instant()))));
    }
    return planned;
  }

  /**
   * Whether what was noted as about to be placed was placed, before the process that noted it came
   * to an end. It may have been changed since.
   */
  boolean isPlaced(IndexEntry noted) throws ErrnoException {
    Optional<Stat> found = disk.look(noted.path());
    if (!noted.state().exists() || found.isEmpty()) {
      return !noted.state().exists() && found.isEmpty();
    }
    if (noted.signature().isPresent()) {
      return noted.signature().get().inode() == found.get().inode();
    }
    Optional<Metadata> metadata = noted.state().metadata().map(its -> its.with(Xattrs.NONE));
    return Kind.of(found).filter(noted.state().kind()::equals).isPresent()
        && metadata.equals(Optional.of(disk.metadata(found.get())));
  }

  /**
   * Whether nothing is there because it was removed to place what a rename does not replace it
   * with: a directory for something else, or the other way round.
   */
  boolean hasMadeRoom(IndexEntry before, IndexEntry noted) throws ErrnoException {
    return before.state().exists()
        && noted.state().exists()
        && (before.state().kind() == Kind.DIRECTORY) != (noted.state().kind() == Kind.DIRECTORY)
        && disk.look(noted.path()).isEmpty();
  }

  /** Makes what is staged durable. */
  @FunctionalInterface
  private interface Syncing {
    void sync(Map<Placement, String> staged) throws ErrnoException;
  }

  private Map<Placement, Placement.Result> placeAll(
      FarmLog log, List<Placement> placements, LinkedFiles links, Syncing syncing)
      throws QueueException, ErrnoException {
    Map<Placement, Placement.Result> results = new LinkedHashMap<>();
    Map<Placement, Placement.Result> failed = new ConcurrentHashMap<>();
    Map<Placement, String> staged = new ConcurrentHashMap<>();
    List<String> paths = new ArrayList<>(placements.stream().map(Placement::path).toList());
    links.plan(placements, unlinkable);
    try {
      crew.forEach(placements, placement -> stage(log, placement, links, staged, failed));
      syncing.sync(staged);
      namespace.exclusively(
          paths,
          () -> {
            for (Placement placement : placements) {
              Placement.Result failure = failed.get(placement);
              results.put(placement, failure != null ? failure : swap(placement, links, staged));
            }
            return null;
          });
    } finally {
      // In one order, so that a simulation can repeat it.
      staged.values().stream().sorted().forEach(this::discard);
    }
    results.replaceAll((placement, result) -> asItLooksNow(placement, result, links));
    links.refreshed().forEach(entry -> paths.add(entry.path()));
    namespace.replaced(paths);
    return results;
  }

  /** What was placed later may have touched its inode. */
  private static Placement.Result asItLooksNow(
      Placement placement, Placement.Result result, LinkedFiles links) {
    if (result instanceof Placement.Placed done && links.signature(placement.path()).isPresent()) {
      return new Placement.Placed(links.signature(placement.path()), done.kept(), done.parents());
    }
    return result;
  }

  /** Whether some caller has the file open for writing: it is not replaced under its writer. */
  boolean isOpenForWriting(String path) {
    return namespace.openForWriting(path);
  }

  private void stage(
      FarmLog log,
      Placement placement,
      LinkedFiles links,
      Map<Placement, String> staged,
      Map<Placement, Placement.Result> results)
      throws QueueException {
    if (!(placement.event().change() instanceof Change.Put put)) {
      return;
    }
    boolean linked = links.source(placement).isPresent();
    if (placement.dressOnly() && !linked && !links.isSeparate(placement)) {
      return;
    }
    try {
      if (put instanceof Change.PutDirectory
          && disk.look(put.path()).filter(Stat::isDirectory).isPresent()) {
        return;
      }
      Optional<Fetches.Fetched> here = takeFetched(put);
      if (here.flatMap(Fetches.Fetched::failure).isPresent()) {
        results.put(placement, new Placement.Failed(here.get().failure().get()));
        return;
      }
      String beside = here.isPresent() ? here.get().beside().orElseThrow() : besideName(put.path());
      staged.put(placement, beside);
      if (linked) {
        return; // at the swap: only then it is certain with what
      }
      if (here.isPresent()) {
        LOG.debug("{} was fetched aside", put.path());
      } else if (put instanceof Change.PutFile file) {
        fetch(log, file, beside, () -> true);
      } else if (put instanceof Change.PutSymlink link) {
        disk.symlink(link.target(), beside);
      } else {
        disk.mkdir(beside);
      }
      disk.dress(beside, put.metadata());
    } catch (ErrnoException e) {
      results.put(placement, new Placement.Failed(e.getMessage()));
    } catch (QueueException.Corrupt e) {
      results.put(placement, new Placement.Failed(e.getMessage()));
    }
  }

  private Optional<Fetches.Fetched> takeFetched(Change.Put put) {
    return put instanceof Change.PutFile file
        ? aside.flatMap(fetches -> fetches.take(file.path(), file.digest()))
        : Optional.empty();
  }

  private String besideName(String path) throws ErrnoException {
    String name = session + "-" + serial.getAndIncrement();
    for (String above = PathNames.parent(path); ; above = PathNames.parent(above)) {
      Optional<Stat> found = disk.look(above);
      if (found.isPresent()) {
        return found.get().device() == stagingDevice
            ? PathNames.child(STAGING, name)
            : PathNames.child(above, PathNames.BESIDE + name);
      }
    }
  }

  /** Where the content may be, or much of it. */
  private List<String> alike(Change.PutFile file) {
    List<String> paths = new ArrayList<>(List.of(file.path()));
    for (IndexEntry entry : twins.of(file.digest(), TWINS)) {
      if (!entry.path().equals(file.path())) {
        paths.add(entry.path());
      }
    }
    return paths;
  }

  private void fetch(FarmLog log, Change.PutFile file, String beside, BooleanSupplier goesOn)
      throws QueueException, ErrnoException {
    MessageDigest whole = FileContent.sha256();
    long size = 0;
    try (Disk.Sink sink = disk.write(beside)) {
      if (file.content() instanceof Change.Content.Inline inline) {
        byte[] bytes = inline.bytes();
        whole.update(bytes);
        sink.write(bytes);
        size = bytes.length;
      } else if (file.content() instanceof Change.Content.Chunked chunked) {
        LocalChunks here = LocalChunks.of(disk, alike(file));
        try (ChunkStream stream = new ChunkStream(log, chunked.chunks(), here, crew.helpers())) {
          while (stream.hasNext()) {
            if (!goesOn.getAsBoolean()) {
              throw new ErrnoException(Errno.EINTR, file.path() + " is not wanted any more");
            }
            byte[] bytes = stream.next();
            whole.update(bytes);
            if (bytes == Zeros.data().bytes()) {
              sink.skip(bytes.length);
            } else {
              sink.write(bytes);
            }
            size += bytes.length;
          }
        }
      }
      sink.finish();
    }
    if (size != file.size() || !Digest.of(whole.digest()).equals(file.digest())) {
      throw new QueueException.Corrupt(
          0, "the content of " + file.path() + " is not what its digest says");
    }
  }

  /** With what others are to be linked with, whose writer may not have cared for that. */
  private void syncStaged(Map<Placement, String> staged, LinkedFiles links, int few)
      throws ErrnoException {
    Set<String> files = new TreeSet<>();
    staged.forEach(
        (placement, beside) -> {
          if (placement.event().change() instanceof Change.PutFile) {
            files.add(links.source(placement).map(LinkedFiles.Source::path).orElse(beside));
          }
        });
    files.removeIf(file -> !exists(file));
    if (files.size() > few) {
      disk.syncFilesystem(STAGING);
      files.removeIf(file -> file.startsWith(STAGING + "/") || isOnStagingDevice(file));
    }
    for (String file : files) {
      try {
        disk.sync(file);
      } catch (ErrnoException e) {
        // What another name was to be linked with was removed since: the swap finds that, too.
        if (!e.isAbsence()) {
          throw e;
        }
      }
    }
  }

  private boolean exists(String path) {
    try {
      return disk.look(path).isPresent();
    } catch (ErrnoException e) {
      return false;
    }
  }

  /** Looks again that the target is what it was thought to be, and puts the new in its place. */
  private Placement.Result swap(
      Placement placement, LinkedFiles links, Map<Placement, String> staged) {
    String path = placement.path();
    List<String> parents = new ArrayList<>();
    try {
      Optional<Stat> found = disk.look(path);
      boolean adopted =
          placement.event().change() instanceof Change.PutDirectory
              && found.filter(Stat::isDirectory).isPresent();
      if (isOpenForWriting(path)) {
        return new Placement.Deferred("open for writing here");
      }
      if (!links.expects(placement, found)) {
        return new Placement.Deferred("changed here, too");
      }
      Optional<LinkedFiles.Source> source = links.source(placement);
      if (source.isPresent() && !links.isSound(source.get())) {
        return new Placement.NotLinked("changed here, too, under another name");
      }
      Set<String> touched = links.names(found, path);
      if (source.isPresent()) {
        touched.add(source.get().path());
        touched.addAll(links.names(disk.look(source.get().path()), path));
      }
      if (placement.event().change() instanceof Change.Put put) {
        if (!staged.containsKey(placement) && (placement.dressOnly() || adopted)) {
          disk.dress(path, put.metadata());
        } else if (!staged.containsKey(placement)) {
          return new Placement.Deferred("changed here, too");
        } else if (!makeRoom(path, found, put)) {
          return new Placement.Occupied();
        } else {
          String beside = staged.get(placement);
          if (source.isPresent() && !link(source.get().path(), beside, path)) {
            return new Placement.NotLinked("to be made as a file of its own");
          }
          replace(beside, path, found, put, parents);
        }
      }
      Placement.Placed placed =
          found.isPresent() && placement.event().change() instanceof Change.Delete
              ? remove(path, found.get())
              : placed(path, false, parents);
      links.touched(touched);
      links.placed(path, placed.signature());
      return placed;
    } catch (ErrnoException e) {
      return new Placement.Failed(e.getMessage());
    }
  }

  /** False if the two cannot be one file here: then a file of its own is made the next time. */
  private boolean link(String source, String beside, String path) throws ErrnoException {
    try {
      disk.link(source, beside);
      return true;
    } catch (ErrnoException e) {
      if (e.errno() != Errno.EXDEV && e.errno() != Errno.EMLINK && e.errno() != Errno.EPERM) {
        throw e;
      }
      LOG.info("{} cannot be linked with {} here: {}", path, source, e.getMessage());
      unlinkable.add(path);
      return false;
    }
  }

  private Placement.Placed placed(String path, boolean kept, List<String> parents)
      throws ErrnoException {
    return new Placement.Placed(
        disk.look(path).map(stat -> Signature.of(stat, clock.instant())), kept, parents);
  }

  /** Removes what a rename would not replace; false if that is a directory with things in it. */
  private boolean makeRoom(String path, Optional<Stat> found, Change.Put put)
      throws ErrnoException {
    boolean directory = put instanceof Change.PutDirectory;
    if (found.isEmpty() || found.get().isDirectory() == directory) {
      return true;
    }
    if (directory) {
      disk.unlink(path);
      return true;
    }
    return removeIfEmpty(path);
  }

  private boolean removeIfEmpty(String directory) throws ErrnoException {
    try {
      disk.rmdir(directory);
      return true;
    } catch (ErrnoException e) {
      if (e.errno() != Errno.ENOTEMPTY && e.errno() != Errno.EEXIST && e.errno() != Errno.EBUSY) {
        throw e;
      }
      return false;
    }
  }

  private void replace(
      String beside, String path, Optional<Stat> found, Change.Put put, List<String> parents)
      throws ErrnoException {
    if (found.isEmpty()) {
      makeParents(PathNames.parent(path), parents);
    }
    disk.rename(beside, path);
    if (put instanceof Change.PutDirectory) {
      // The rename of a directory into another one may have touched its time.
      disk.dress(path, put.metadata());
    }
  }

  private void makeParents(String directory, List<String> made) throws ErrnoException {
    if (directory.isEmpty() || disk.look(directory).isPresent()) {
      return;
    }
    String above = PathNames.parent(directory);
    makeParents(above, made);
    disk.mkdir(directory);
    made.add(directory);
    disk.dressLike(directory, above);
  }

  /** What does not travel is never deleted along: a directory that holds such things stays. */
  private Placement.Placed remove(String path, Stat found) throws ErrnoException {
    if (!found.isDirectory()) {
      disk.unlink(path);
      return placed(path, false, List.of());
    }
    boolean kept = !removeIfEmpty(path);
    if (kept) {
      LOG.info("{} was deleted elsewhere; it stays here for what is in it", path);
    }
    return placed(path, kept, List.of());
  }

  private void syncPlaced(Map<Placement, Placement.Result> results) throws ErrnoException {
    syncAll(touched(results));
  }

  /** Makes durable what another process has placed at these paths. */
  void settle(Collection<String> placed) throws ErrnoException {
    Set<String> touched = new LinkedHashSet<>();
    for (String path : placed) {
      touched.add(nearest(PathNames.parent(path)));
      if (disk.look(path).filter(stat -> !stat.isSymlink()).isPresent()) {
        touched.add(path);
      }
    }
    syncAll(touched);
  }

  private void syncAll(Set<String> touched) throws ErrnoException {
    if (touched.size() > FEW) {
      disk.syncFilesystem(STAGING);
      touched.removeIf(this::isOnStagingDevice);
    }
    for (String path : touched) {
      syncPlaced(path);
    }
  }

  private void syncPlacedElsewhere(Map<Placement, Placement.Result> results) throws ErrnoException {
    for (String path : touched(results)) {
      if (!isOnStagingDevice(path)) {
        syncPlaced(path);
      }
    }
  }

  /** The directories in which names have changed, and what has other metadata. */
  private Set<String> touched(Map<Placement, Placement.Result> results) {
    Set<String> parents = new LinkedHashSet<>();
    Set<String> touched = new LinkedHashSet<>();
    for (Map.Entry<Placement, Placement.Result> entry : results.entrySet()) {
      if (entry.getValue() instanceof Placement.Placed placed) {
        parents.add(PathNames.parent(entry.getKey().path()));
        if (entry.getKey().dressOnly()
            && placed.signature().isPresent()
            && !(entry.getKey().event().change() instanceof Change.PutSymlink)) {
          touched.add(entry.getKey().path());
        }
      }
    }
    parents.forEach(parent -> touched.add(nearest(parent)));
    return touched;
  }

  /** A caller may have moved it by now; its durability is wanted all the same. */
  private void syncPlaced(String path) throws ErrnoException {
    try {
      disk.sync(path);
    } catch (ErrnoException e) {
      if (!e.isAbsence()) {
        throw e;
      }
      disk.syncFilesystem(STAGING);
    }
  }

  /** The directory, or, if it is gone by now, the nearest one above it. */
  private String nearest(String directory) {
    return directory.isEmpty() || isDirectory(directory)
        ? directory
        : nearest(PathNames.parent(directory));
  }

  private boolean isDirectory(String path) {
    try {
      return disk.look(path).filter(Stat::isDirectory).isPresent();
    } catch (ErrnoException e) {
      return false;
    }
  }

  private boolean isOnStagingDevice(String path) {
    try {
      return disk.look(path).map(stat -> stat.device() == stagingDevice).orElse(true);
    } catch (ErrnoException e) {
      return false;
    }
  }

  /** Removes what is left of a staged path; after a swap there is nothing. */
  private void discard(String beside) {
    try {
      Optional<Stat> found = disk.look(beside);
      if (found.isPresent() && found.get().isDirectory()) {
        disk.rmdir(beside);
      } else if (found.isPresent()) {
        disk.unlink(beside);
      }
    } catch (ErrnoException e) {
      LOG.warn("cannot remove the staged file {}: {}", beside, e.getMessage());
    }
  }
}
