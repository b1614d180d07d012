package io.trifold.queue.embedded;

import io.trifold.queue.QueueException.Refused;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Properties;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/** The server's programs, unpacked from the classpath once for each version. */
final class Binaries {
  private static final Set<PosixFilePermission> PROGRAM =
      PosixFilePermissions.fromString("rwxr-xr-x");
  private static final String UNFINISHED = ".unpacking";

  private final Path directory;

  private Binaries(Path directory) {
    this.directory = directory;
  }

  Path program(String name) {
    return directory.resolve("bin").resolve(name);
  }

  /**
   * The programs below {@code home}, unpacked if they are not there. Unpacked beside and renamed:
   * the directory is whole or not there. The caller holds the start lock.
   */
  static Binaries in(Path home) throws IOException, InterruptedException, Refused {
    String archive = archive(System.getProperty("os.name"), System.getProperty("os.arch"));
    Path directory = home.resolve("pgsql-" + version());
    if (!Files.isDirectory(directory)) {
      Path beside = home.resolve(directory.getFileName() + UNFINISHED);
      FileTrees.delete(beside);
      try (InputStream in = Binaries.class.getResourceAsStream("/" + archive)) {
        if (in == null) {
          throw new Refused(
              "this program was built without PostgreSQL for this machine ("
                  + archive
                  + "): give --queue JDBC-URL");
        }
        unpack(in, beside);
      }
      FileTrees.place(beside, directory);
    }
    return new Binaries(directory);
  }

  static String archive(String system, String architecture) throws Refused {
    String machine = system + " " + architecture;
    return switch (machine) {
      case "Linux amd64", "Linux x86_64" -> "postgres-linux-x86_64.txz";
      case "Linux aarch64" -> "postgres-linux-arm_64.txz";
      default ->
          throw new Refused(
              "there is no embedded PostgreSQL for " + machine + ": give --queue JDBC-URL");
    };
  }

  static String version() throws IOException {
    Properties properties = new Properties();
    try (InputStream in = Binaries.class.getResourceAsStream("binaries.properties")) {
      properties.load(in);
    }
    return properties.getProperty("version");
  }

  /** The first number of the version: data of another one cannot be used. */
  static String majorVersion() throws IOException {
    return version().replaceFirst("\\..*", "");
  }

  private static void unpack(InputStream in, Path target) throws IOException {
    try (TarArchiveInputStream tar =
        new TarArchiveInputStream(new XZCompressorInputStream(new BufferedInputStream(in)))) {
      TarArchiveEntry entry;
      while ((entry = tar.getNextEntry()) != null) {
        Path path = target.resolve(entry.getName()).normalize();
        if (!path.startsWith(target)) {
          throw new IOException("the archive leads outside: " + entry.getName());
        }
        if (entry.isDirectory()) {
          Files.createDirectories(path);
          continue;
        }
        Files.createDirectories(path.getParent());
        if (entry.isSymbolicLink()) {
          Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
        } else {
          Files.copy(tar, path);
          if ((entry.getMode() & 0100) != 0) {
            Files.setPosixFilePermissions(path, PROGRAM);
          }
        }
      }
    }
  }
}
