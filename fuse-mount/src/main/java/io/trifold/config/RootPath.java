package io.trifold.config;

import io.trifold.posix.MountTable;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * The one name of a root: absolute and without symlinks. A mount whose daemon is dead or hangs
 * answers no question about its own directory, so the table of mounts is asked before the disk is.
 */
public final class RootPath {
  private RootPath() {}

  /**
   * Finds it.
   *
   * @param given absolute
   * @param origin how an error begins
   * @throws SettingsException if there is no such directory
   */
  public static Path canonical(Path given, String origin, MountTable mounts)
      throws SettingsException {
    Path plain = given.normalize();
    if (plain.getParent() == null || mounts.trifoldAt(plain).isPresent()) {
      return plain;
    }
    try {
      Path parent = plain.getParent().toRealPath();
      Path here = parent.resolve(plain.getFileName());
      return mounts.trifoldAt(here).isPresent() ? here : here.toRealPath();
    } catch (NoSuchFileException e) {
      throw new SettingsException(origin + ": " + given + " does not exist: create it first", e);
    } catch (IOException e) {
      throw new SettingsException(origin + ": " + given + " cannot be reached: " + reason(e), e);
    }
  }

  private static String reason(IOException e) {
    return e instanceof FileSystemException f && f.getReason() != null
        ? f.getReason()
        : String.valueOf(e.getMessage());
  }
}
