package io.trifold.daemon;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The program through which an ordinary user mounts. */
final class Fusermount {
  private static final List<String> NAMES = List.of("fusermount3", "fusermount");

  private Fusermount() {}

  /** Where it is. */
  static Optional<Path> find() {
    String path = System.getenv().getOrDefault("PATH", "") + ":/usr/bin:/bin";
    for (String name : NAMES) {
      for (String directory : path.split(":", -1)) {
        Path program = Path.of(directory, name);
        if (program.isAbsolute() && Files.isExecutable(program)) {
          return Optional.of(program);
        }
      }
    }
    return Optional.empty();
  }
}
