package io.trifold.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;

/** Files that hold a secret. */
final class Secrets {
  private static final Set<PosixFilePermission> ANYONE =
      Set.of(PosixFilePermission.OTHERS_READ, PosixFilePermission.OTHERS_WRITE);

  private Secrets() {}

  /** The first line of a file that holds a password. */
  static String read(Given given) throws SettingsException {
    Path file = given.path();
    requireHidden(file);
    try {
      String text = Files.readString(file, StandardCharsets.UTF_8);
      return text.lines().findFirst().orElseThrow(() -> given.error(file + " is empty"));
    } catch (IOException e) {
      throw given.error(file + " cannot be read: " + e.getMessage());
    }
  }

  static void requireHidden(Path file) throws SettingsException {
    try {
      Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
      if (permissions.stream().anyMatch(ANYONE::contains)) {
        throw new SettingsException(
            file + ": holds a password and is open to everyone: chmod 600 " + file);
      }
    } catch (NoSuchFileException e) {
      throw new SettingsException(file + ": no such file", e);
    } catch (IOException e) {
      throw new SettingsException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }
}
