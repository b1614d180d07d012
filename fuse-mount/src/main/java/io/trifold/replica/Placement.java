package io.trifold.replica;

import io.trifold.posix.Stat;
import io.trifold.queue.Event;
import java.util.List;
import java.util.Optional;

/**
 * An event that is to be brought to the disk.
 *
 * @param expected what must stand at the path at the moment of the swap
 * @param dressOnly whether the content stands there already, and only metadata is to change
 */
record Placement(Event event, Expected expected, boolean dressOnly) {
  String path() {
    return event.change().path();
  }

  /** A placement is equal to itself alone: to compare two would be to compare whole contents. */
  @Override
  public boolean equals(Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(this);
  }

  /** Decides whether what was found is what the placement was planned upon. */
  @FunctionalInterface
  interface Expected {
    boolean holds(Optional<Stat> found);
  }

  /** What came of it. */
  sealed interface Result {}

  /**
   * It stands on the disk.
   *
   * @param signature of what stands there now; empty if nothing does
   * @param kept whether a directory that should be gone had to stay
   * @param parents the directories above that had to be made, for the log does not have them
   */
  record Placed(Optional<Signature> signature, boolean kept, List<String> parents)
      implements Result {}

  /** A local change stands first. */
  record Deferred(String reason) implements Result {}

  /** It could not be linked with the name that was planned for it, and is to be tried again. */
  record NotLinked(String reason) implements Result {}

  /** A directory stands where something else is to be put, and it is not empty. */
  record Occupied() implements Result {
    static final String REASON = "a directory stands here, with things in it that do not travel";
  }

  /** It could not be done. */
  record Failed(String reason) implements Result {}
}
