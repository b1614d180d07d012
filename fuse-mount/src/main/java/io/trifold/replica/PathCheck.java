package io.trifold.replica;

import io.trifold.posix.ErrnoException;
import io.trifold.posix.Stat;
import io.trifold.queue.Digest;
import io.trifold.queue.Metadata;
import io.trifold.queue.PathVersion;
import io.trifold.rules.RuleState;
import java.security.MessageDigest;
import java.util.Optional;

/**
 * Compares one path on the disk with what the log says of it, content included. It changes nothing,
 * and holds up nobody: what is being changed at the moment is said to be moving. Of one thread.
 */
final class PathCheck {
  private static final int BUFFER = 256 * 1024;

  private final Disk disk;
  private final RuleState rules;
  private final Journal journal;
  private final DirtySet dirty;
  private final Placer placer;
  private final long position;
  private final byte[] buffer = new byte[BUFFER];
  private long bytes;

  /**
   * @param position what is compared with knows all events of the log up to here
   */
  PathCheck(
      Disk disk, RuleState rules, Journal journal, DirtySet dirty, Placer placer, long position) {
    this.position = position;
    this.disk = disk;
    this.rules = rules;
    this.journal = journal;
    this.dirty = dirty;
    this.placer = placer;
  }

  /** What was found. */
  sealed interface Finding {}

  /** It is as the log says. */
  record InSync() implements Finding {}

  /** It is none of this host's, by its rules. */
  record Unbound() implements Finding {}

  /** It is being changed, or the log's version is on its way. */
  record Moving() implements Finding {}

  record Differs(Divergence divergence) implements Finding {}

  private static final Finding IN_SYNC = new InSync();
  private static final Finding UNBOUND = new Unbound();
  private static final Finding MOVING = new Moving();

  /** How many bytes of content were read since this was last asked. */
  long takeBytes() {
    long result = bytes;
    bytes = 0;
    return result;
  }

  private boolean isMoving(String path) {
    return dirty.isAtWork(path) || placer.isOpenForWriting(path);
  }

  /** Whether a file stands there that does not travel, whatever the log has at its path. */
  private boolean isTooLarge(String path, Stat found) {
    return found.isRegular()
        && found.size()
            > Math.min(
                FileContent.LARGEST,
                Kind.FILE.decision(PathNames.rules(rules, path)).options().maxSize());
  }

  /** Compares a path that the log knows. */
  Finding check(PathVersion logged) throws InterruptedException {
    String path = logged.path();
    if (!PathNames.valid(path)) {
      return UNBOUND;
    }
    if (isMoving(path)) {
      return MOVING;
    }
    Optional<IndexEntry> known = journal.entry(path);
    long version = known.map(IndexEntry::version).orElse(0L);
    if (version > logged.version()) {
      return version > position
          ? MOVING
          : new Differs(
              new Divergence(
                  path,
                  Divergence.Kind.UNAPPLIED,
                  logged.version(),
                  "position " + version + " is known, which the log has no more",
                  "another version"));
    }
    if (version < logged.version()) {
      return unapplied(logged);
    }
    IndexEntry entry = known.orElseThrow();
    if (!entry.state().contentKey().equals(logged.contentKey())) {
      return settled(
          entry,
          differs(entry, Divergence.Kind.UNAPPLIED, "the journal has another content for it"));
    }
    Kind kind = entry.state().kind();
    if (!kind.travels(PathNames.rules(rules, path))) {
      return UNBOUND;
    }
    return settled(entry, kind == Kind.ABSENT ? compareAbsent(entry) : compare(entry));
  }

  private Finding unapplied(PathVersion logged) {
    String path = logged.path();
    Optional<Unapplied> row = journal.unapplied(path);
    if (row.isPresent()) {
      return switch (row.get().cause()) {
        case UNBOUND, REFUSED -> UNBOUND;
        case DEFERRED, FETCHED, OVERRULED, REINSTATED -> MOVING;
        case PARKED ->
            new Differs(
                new Divergence(
                    path,
                    Divergence.Kind.UNAPPLIED,
                    logged.version(),
                    row.get().reason(),
                    "another version"));
      };
    }
    if (journal.standing().position() < logged.version()) {
      return MOVING;
    }
    return new Differs(
        new Divergence(
            path,
            Divergence.Kind.UNAPPLIED,
            logged.version(),
            "it was passed over",
            "there is a version"));
  }

  /** Compares a path that the index knows and the log does not. */
  Finding checkUnlogged(IndexEntry entry) {
    if (isMoving(entry.path())
        || !journal.entry(entry.path()).equals(Optional.of(entry))
        || entry.version() > journal.standing().position()) {
      return MOVING;
    }
    return new Differs(
        new Divergence(
            entry.path(),
            Divergence.Kind.UNKNOWN,
            0,
            "position " + entry.version() + " is known",
            "nothing"));
  }

  /** Compares a path that stands on the disk, and that neither log nor index may know. */
  Finding checkStanding(String path) throws ErrnoException {
    if (isMoving(path) || journal.entry(path).isPresent()) {
      return IN_SYNC;
    }
    Optional<Stat> found = disk.look(path);
    if (found.isEmpty()
        || isTooLarge(path, found.get())
        || isMoving(path)
        || journal.entry(path).isPresent()) {
      return IN_SYNC;
    }
    return new Differs(
        new Divergence(path, Divergence.Kind.UNKNOWN, 0, words(found.get()), "nothing"));
  }

  /** What was found counts if nobody was at work on the path from beginning to end. */
  private Finding settled(IndexEntry entry, Finding finding) {
    boolean still =
        !isMoving(entry.path()) && journal.entry(entry.path()).equals(Optional.of(entry));
    return still || !(finding instanceof Differs) ? finding : MOVING;
  }

  private Finding compareAbsent(IndexEntry entry) {
    try {
      Optional<Stat> found = disk.look(entry.path());
      Optional<Kind> kind = Kind.of(found);
      boolean none =
          entry.matches(found)
              || found.isEmpty()
              || kind.isEmpty()
              || isTooLarge(entry.path(), found.get())
              || !kind.get().travels(PathNames.rules(rules, entry.path()));
      return none ? IN_SYNC : differs(entry, Divergence.Kind.UNKNOWN, words(found.get()));
    } catch (ErrnoException e) {
      return differs(entry, Divergence.Kind.DAMAGED, "it cannot be read: " + e.getMessage());
    }
  }

  private Finding compare(IndexEntry entry) throws InterruptedException {
    try {
      Optional<Stat> found = disk.look(entry.path());
      if (found.isEmpty()) {
        return differs(entry, Divergence.Kind.MISSING, "nothing");
      }
      Stat stat = found.get();
      if (isTooLarge(entry.path(), stat)) {
        return UNBOUND;
      }
      if (!Kind.of(stat).equals(Optional.of(entry.state().kind()))) {
        return differs(entry, Divergence.Kind.CHANGED, words(stat));
      }
      return switch (entry.state().kind()) {
        case FILE -> compareFile(entry);
        case SYMLINK -> {
          String target = disk.readlink(entry.path());
          yield target.equals(entry.state().target()) && isDressed(entry, stat)
              ? IN_SYNC
              : differs(entry, Divergence.Kind.CHANGED, words(stat) + " to " + target);
        }
        default ->
            isDressed(entry, stat) ? IN_SYNC : differs(entry, Divergence.Kind.CHANGED, words(stat));
      };
    } catch (ErrnoException e) {
      if (e.isAbsence()) {
        return MOVING;
      }
      return differs(entry, Divergence.Kind.DAMAGED, "it cannot be read: " + e.getMessage());
    }
  }

  private boolean isDressed(IndexEntry entry, Stat stat) throws ErrnoException {
    if (entry.matches(Optional.of(stat))) {
      return true;
    }
    Kind kind = entry.state().kind();
    Metadata here = Examiner.metadata(disk, stat, Optional.of(entry), kind, kind != Kind.DIRECTORY);
    if (kind != Kind.SYMLINK) {
      here = here.with(disk.xattrs(entry.path(), entry.state().xattrs()));
    }
    return entry.state().metadata().equals(Optional.of(here));
  }

  private Finding compareFile(IndexEntry entry) throws ErrnoException, InterruptedException {
    State state = entry.state();
    MessageDigest whole = FileContent.sha256();
    Stat stat;
    try (Disk.Source source = disk.readUncached(entry.path())) {
      stat = source.stat();
      if (stat.size() != state.size()) {
        return differs(entry, Divergence.Kind.CHANGED, words(stat));
      }
      long offset = 0;
      int length;
      do {
        length = source.read(offset, buffer, buffer.length);
        whole.update(buffer, 0, length);
        offset += length;
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
      } while (length == buffer.length);
      bytes += offset;
      if (offset != stat.size() || !FileContent.isSame(stat, source.stat())) {
        return MOVING;
      }
    }
    Digest digest = Digest.of(whole.digest());
    if (state.digest().equals(Optional.of(digest))) {
      return isDressed(entry, stat)
          ? IN_SYNC
          : differs(entry, Divergence.Kind.CHANGED, words(stat));
    }
    // Who means to change a file leaves another time on it, or another size.
    boolean sameTime =
        state
            .metadata()
            .filter(
                then ->
                    then.mtimeSeconds() == stat.modifySeconds()
                        && then.mtimeNanos() == stat.modifyNanos())
            .isPresent();
    return differs(
        entry,
        sameTime || entry.matches(Optional.of(stat))
            ? Divergence.Kind.DAMAGED
            : Divergence.Kind.CHANGED,
        words(stat) + " of sha256 " + brief(digest));
  }

  private static Finding differs(IndexEntry entry, Divergence.Kind kind, String here) {
    return new Differs(
        new Divergence(entry.path(), kind, entry.version(), here, words(entry.state())));
  }

  private static String words(State state) {
    return switch (state.kind()) {
      case ABSENT -> "nothing";
      case FILE ->
          "a file of "
              + state.size()
              + " bytes"
              + mode(state)
              + state.digest().map(digest -> " of sha256 " + brief(digest)).orElse("");
      case DIRECTORY -> "a directory" + mode(state);
      case SYMLINK -> "a symlink to " + state.target();
    };
  }

  private static String mode(State state) {
    return state.metadata().map(m -> ", mode " + Integer.toOctalString(m.mode())).orElse("");
  }

  private String words(Stat stat) {
    Metadata metadata = disk.metadata(stat);
    String whose =
        ", mode "
            + Integer.toOctalString(metadata.mode())
            + " "
            + metadata.owner()
            + ":"
            + metadata.group();
    if (stat.isRegular()) {
      return "a file of " + stat.size() + " bytes" + whose;
    }
    return (stat.isDirectory() ? "a directory" : stat.isSymlink() ? "a symlink" : "a special file")
        + whose;
  }

  private static String brief(Digest digest) {
    return digest.toString().substring(0, 12);
  }
}
