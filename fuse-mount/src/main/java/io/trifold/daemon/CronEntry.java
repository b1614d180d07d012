package io.trifold.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;

/** The entry by which the system's Cron looks at a mount's schedule once a minute. */
public final class CronEntry {
  private static final Path DIRECTORY = Path.of("/etc/cron.d");

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

  /**
   * Writes it.
   *
   * @return where
   */
  public Path install() throws MountException {
    // Cron takes no file whose name has a dot.
    Path file =
        DIRECTORY.resolve("trifold-" + MountState.escape(root).replaceAll("[^A-Za-z0-9_-]", "_"));
    String launcher = System.getProperty("trifold.launcher", "/usr/bin/trifold");
    try {
      if (!Files.isDirectory(DIRECTORY)) {
        throw new MountException(
            DIRECTORY + " does not exist: install cron, or set cron = \"daemon\"");
      }
      Path beside =
          Files.createTempFile(
              DIRECTORY,
              ".trifold",
              "",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r--r--")));
      Files.writeString(beside, text(root, launcher, System.getProperty("user.name")));
      Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
      return file;
    } catch (IOException e) {
      throw new MountException(file + " cannot be written: " + MountException.reason(e), e);
    }
  }
}
