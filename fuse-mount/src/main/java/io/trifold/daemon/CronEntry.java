package io.trifold.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** The entry by which the system's Cron looks at a mount's schedule once a minute. */
public final class CronEntry {
  private static final Set<PosixFilePermission> MODE = PosixFilePermissions.fromString("rw-r--r--");

  private final Path root;

  public CronEntry(Path root) {
    this.root = root;
  }

  /** Its text. */
  static String text(Path root, String launcher, String user) throws MountException {
    String quoted = root.toString();
    if (!quoted.matches("[\\p{L}\\p{N}/._ -]+") || !launcher.matches("[\\p{L}\\p{N}/._ -]+")) {
      throw new MountException(
          root
              + ": a path with such characters cannot stand in a crontab: run trifold cron"
              + " otherwise");
    }
    return "# Written by trifold cron --install\n"
        + "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"
        + "* * * * * "
        + user
        + " '"
        + launcher
        + "' cron --root '"
        + quoted
        + "'\n";
  }

  /** Fails in words for a user if nothing can be installed there. */
  public static void requireWritable(Path directory) throws MountException {
    if (!Files.isDirectory(directory)) {
      throw new MountException(
          directory + " does not exist: install cron, or set cron = \"daemon\"");
    }
    if (!Files.isWritable(directory)) {
      throw new MountException(
          directory + " is root's to write in: run this as root, or set cron = \"daemon\"");
    }
  }

  /**
   * Writes it.
   *
   * @param directory from which Cron takes entries
   * @return where
   */
  public Path install(Path directory) throws MountException {
    requireWritable(directory);
    // Cron takes no file whose name has a dot.
    Path file =
        directory.resolve("trifold-" + MountState.escape(root).replaceAll("[^A-Za-z0-9_-]", "_"));
    String launcher = System.getProperty("trifold.launcher", "/usr/bin/trifold");
    try {
      Path beside =
          Files.createTempFile(
              directory, ".trifold", "", PosixFilePermissions.asFileAttribute(MODE));
      try {
        Files.writeString(beside, text(root, launcher, System.getProperty("user.name")));
        // The umask of who runs this may have taken more away than Cron likes.
        Files.setPosixFilePermissions(beside, MODE);
        Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(beside);
      }
      return file;
    } catch (IOException e) {
      throw new MountException(file + " cannot be written: " + MountException.reason(e), e);
    }
  }
}
