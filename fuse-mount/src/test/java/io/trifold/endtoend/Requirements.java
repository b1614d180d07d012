package io.trifold.endtoend;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * What these tests need of the machine. Where it is missing the test is skipped, saying so; in a
 * continuous integration it fails, as nobody would read that it was skipped.
 */
final class Requirements {
  private Requirements() {}

  static void mounts() {
    require(Files.isReadable(Path.of("/dev/fuse")), "needs /dev/fuse");
    require(hasProgram("fusermount3"), "needs fusermount3");
  }

  static void programs(String... names) {
    for (String name : names) {
      require(hasProgram(name), "needs the program " + name);
    }
  }

  private static boolean hasProgram(String name) {
    return Arrays.stream(System.getenv("PATH").split(":"))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, name)));
  }

  private static void require(boolean condition, String message) {
    if ("true".equals(System.getenv("CI"))) {
      assertTrue(condition, message);
    } else {
      assumeTrue(condition, message);
    }
  }
}
