package io.trifold.daemon;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A hidden file in the root of the shared storage, and a note in the mount's state that it was seen
 * there. An empty directory where the storage is not mounted has none: mounting over that would
 * send uploads to the wrong disk.
 */
final class StorageMark {
  private static final Logger log = LoggerFactory.getLogger(StorageMark.class);

  /** The tree hides names that begin so. */
  private static final String NAME = ".trifold~storage";

  private final Path mark;
  private final Path note;

  /**
   * Prepares to look for it.
   *
   * @param remote the root of the shared storage
   * @param state the mount's state directory
   */
  StorageMark(Path remote, Path state) {
    mark = remote.resolve(NAME);
    note = state.resolve("storage");
  }

  /**
   * Makes sure that this is the storage of the last mount. The first mount marks it, if it can.
   *
   * @throws MountException if it is another one, or not there
   */
  void require() throws MountException {
    try {
      if (Files.exists(note)) {
        compare();
      } else {
        make();
        Files.writeString(note, Files.readString(mark));
      }
    } catch (IOException e) {
      log.warn(
          "{} cannot be told from an empty directory where it is not mounted: {}",
          mark.getParent(),
          MountException.reason(e));
    }
  }

  private void make() throws IOException {
    try {
      Files.writeString(mark, UUID.randomUUID() + "\n", StandardOpenOption.CREATE_NEW);
    } catch (FileAlreadyExistsException e) {
      // Another host's, for the same storage.
      log.debug("marked already", e);
    }
  }

  private void compare() throws IOException, MountException {
    if (!Files.exists(mark)) {
      throw unknown("lacks the file " + NAME + " that was made in it: is it mounted?");
    }
    if (!Files.readString(mark).equals(Files.readString(note))) {
      throw unknown("is another one than before.");
    }
  }

  private MountException unknown(String what) {
    return new MountException(
        "the shared storage "
            + mark.getParent()
            + " "
            + what
            + " If it is the right one now: rm "
            + note);
  }
}
