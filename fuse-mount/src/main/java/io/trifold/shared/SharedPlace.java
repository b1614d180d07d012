package io.trifold.shared;

import io.trifold.posix.BackingRoot;
import java.nio.file.Path;

/**
 * Where the shared storage is, and how it is told from what stands there while it is not mounted.
 * The calls may hang.
 */
public interface SharedPlace {
  /** The directory, for messages and to see what is mounted there. */
  Path path();

  /** Opens it for the first time. The caller closes it. */
  BackingRoot open() throws AwayException;

  /**
   * Looks whether the storage is at its place.
   *
   * @param held what is used as its root
   * @return the root to use from now on: {@code held}, or the storage opened anew if it was mounted
   *     again meanwhile
   */
  BackingRoot look(BackingRoot held) throws AwayException;
}
