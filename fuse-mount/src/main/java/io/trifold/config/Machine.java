package io.trifold.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * What the settings are read in.
 *
 * @param environment the process's variables
 * @param directory what relative paths of flags and variables are relative to
 * @param hostName the machine's name
 * @param systemConfigs the directory of the files that the machine's administrator keeps; none for
 *     an ordinary user
 */
public record Machine(
    Map<String, String> environment,
    Path directory,
    String hostName,
    Optional<Path> systemConfigs) {
  private static final Path ETC = Path.of("/etc/trifold");

  /** This process's. */
  public static Machine here() {
    return here(System.getenv(), Path.of("").toAbsolutePath());
  }

  /** This process's, for a caller with other variables in another directory. */
  public static Machine here(Map<String, String> environment, Path directory) {
    Optional<Path> configs = isRoot() ? Optional.of(ETC) : Optional.empty();
    return new Machine(environment, directory, kernelHostName(), configs);
  }

  /** Whether this process has the superuser's identity. */
  public static boolean isRoot() {
    try {
      return Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
    } catch (IOException e) {
      return false;
    }
  }

  private static String kernelHostName() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    } catch (IOException e) {
      return "localhost";
    }
  }
}
