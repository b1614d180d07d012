package io.trifold.queue;

import java.util.Optional;
import java.util.UUID;

/**
 * Where a change comes from.
 *
 * @param taken whether it stands on the producer's disk already. Otherwise the producer made it of
 *     what the log has, and brings it to its disk as all others do.
 * @param author who made it, if that is known
 * @param part of which change set, if it belongs to one
 */
public record Provenance(boolean taken, Optional<Author> author, Optional<Part> part) {
  /** Of nobody in particular. */
  public static final Provenance UNKNOWN = new Provenance(true, Optional.empty(), Optional.empty());

  /**
   * The user on whose behalf the producer's kernel asked for the last change.
   *
   * @param uid as the producer knows the user
   * @param name the user's name there, or the number again
   */
  public record Author(int uid, String name) {}

  /**
   * One of the events that all hosts switch to in one go. They stand in the log one behind the
   * other.
   *
   * @param changeSet its id
   * @param index 0 for the first of them
   * @param count how many there are
   */
  public record Part(UUID changeSet, int index, int count) {
    /** Whether it is the last of them. */
    public boolean isLast() {
      return index == count - 1;
    }
  }
}
