package io.trifold.replica;

import io.trifold.posix.ErrnoException;
import io.trifold.posix.Stat;
import java.util.Optional;

/**
 * What was last in sync at a path.
 *
 * @param version the position of the event that made it; of a tombstone, of the delete
 * @param state what the log says since then
 * @param signature of what stood on disk then; empty if that is not known. A tombstone has one if a
 *     directory had to stay here because of things in it that do not travel.
 */
record IndexEntry(String path, long version, State state, Optional<Signature> signature) {

  /** Whether just this stands on disk, as far as a look can tell; it may be unproved. */
  boolean matches(Optional<Stat> found) {
    if (found.isEmpty()) {
      // A directory that was kept may have been removed here since.
      return !state.exists();
    }
    return signature.filter(then -> then.matches(found.get())).isPresent();
  }

  /** Whether what was found proves that nothing changed since. */
  boolean proves(Optional<Stat> found) {
    return matches(found)
        && (found.isEmpty() || signature.map(known -> known.proves(found.get())).orElse(false))
        && !hasUnknownNames(found);
  }

  /** A second name may be so new that the times do not show it. */
  private boolean hasUnknownNames(Optional<Stat> found) {
    return state.link().isEmpty()
        && found.filter(stat -> stat.isRegular() && stat.links() > 1).isPresent();
  }

  /**
   * The same, with a look at a directory's extended attributes where they may have changed: its
   * change time alone does not say, for it changes with what is in it.
   */
  boolean proves(Optional<Stat> found, Disk disk) throws ErrnoException {
    if (!proves(found)) {
      return false;
    }
    return found.isEmpty()
        || !found.get().isDirectory()
        || !state.exists()
        || signature.filter(known -> known.isUntouched(found.get())).isPresent()
        || disk.xattrs(path, state.xattrs()).equals(state.xattrs());
  }
}
