package io.trifold.cli;

import io.trifold.control.ControlClient;
import io.trifold.daemon.MountException;
import io.trifold.daemon.RunningMount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A path that a user gives, as the mount that it is in knows it. */
record MountPath(RunningMount mount, String path) {
  /** Symlinks above it are followed, itself is not; nothing needs to stand there. */
  static MountPath of(Path given) throws MountException {
    Path plain = given.toAbsolutePath().normalize();
    RunningMount mount;
    try {
      mount = RunningMount.around(plain);
    } catch (MountException e) {
      plain = realParent(plain, e);
      mount = RunningMount.around(plain);
    }
    return new MountPath(mount, mount.root().relativize(plain).toString());
  }

  private static Path realParent(Path path, MountException otherwise) throws MountException {
    for (Path above = path.getParent(); above != null; above = above.getParent()) {
      if (Files.exists(above)) {
        try {
          return above.toRealPath().resolve(above.relativize(path));
        } catch (IOException e) {
          throw new MountException(above + " cannot be reached: " + e.getMessage(), e);
        }
      }
    }
    throw otherwise;
  }

  ControlClient control() throws MountException {
    return mount.control();
  }

  /** Another path of the same mount. */
  String relative(Path given) throws MountException {
    MountPath other = of(given);
    if (!other.mount().root().equals(mount.root())) {
      throw new MountException(given + " is not in the mount " + mount.root());
    }
    return other.path();
  }
}
