package io.trifold.tree;

import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import io.trifold.posix.Posix;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a test needs of its machine: without it the test is skipped, or with CI=true it fails. */
final class Requirement {
  private Requirement() {}

  static void root() {
    require(Posix.effectiveUid() == 0, "This test needs root.");
  }

  static void fuse() {
    root();
    require(Files.exists(Path.of("/dev/fuse")), "This test needs /dev/fuse.");
  }

  static void tools(String... names) {
    for (String name : names) {
      require(isInstalled(name), "This test needs the command " + name + ".");
    }
  }

  private static boolean isInstalled(String tool) {
    for (String path : System.getenv("PATH").split(":", -1)) {
      if (Files.isExecutable(Path.of(path, tool))) {
        return true;
      }
    }
    return false;
  }

  private static void require(boolean met, String reason) {
    if (!met && "true".equals(System.getenv("CI"))) {
      fail(reason);
    }
    if (!met) {
      abort(reason);
    }
  }
}
