package io.trifold.fuse.jnr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.trifold.fuse.Entry;
import io.trifold.fuse.MountOptions;
import io.trifold.fuse.Transport;
import io.trifold.posix.BackingRoot;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.BiFunction;

/** One mount over one directory for a test, with the means to check what is left of it. */
final class Mounts implements AutoCloseable {
  final Path backing;
  final Path mountPoint;
  final Loopback filesystem;
  final Transport.Session session;

  private Mounts(Path backing, Path mountPoint, Loopback filesystem) throws IOException {
    this.backing = backing;
    this.mountPoint = mountPoint;
    this.filesystem = filesystem;
    this.session =
        new JnrTransport().mount(filesystem, new MountOptions(mountPoint, "trifold:test", true));
  }

  static Mounts over(Path directory) throws IOException, ErrnoException {
    return over(directory, Loopback::new);
  }

  static Mounts over(Path directory, BiFunction<BackingRoot, Long, Loopback> filesystem)
      throws IOException, ErrnoException {
    assumePossible();
    Path backing = Files.createDirectory(directory.resolve("backing"));
    Path mountPoint = Files.createDirectory(directory.resolve("mount"));
    BackingRoot root = BackingRoot.open(backing.toString());
    return new Mounts(backing, mountPoint, filesystem.apply(root, Entry.UNLIMITED));
  }

  /** Where nothing can be mounted a test is skipped, but not where all tests must run. */
  static void assumePossible() {
    boolean possible = Posix.effectiveUid() == 0 && Files.exists(Path.of("/dev/fuse"));
    if (!possible && "true".equals(System.getenv("CI"))) {
      throw new AssertionError("mount tests need root and /dev/fuse");
    }
    assumeTrue(possible, "needs root and /dev/fuse");
  }

  Path path(String name) {
    return mountPoint.resolve(name);
  }

  Path below(String name) {
    return backing.resolve(name);
  }

  boolean mounted() throws IOException {
    return Files.readString(Path.of("/proc/self/mounts"), StandardCharsets.ISO_8859_1)
        .contains(" " + mountPoint + " ");
  }

  @Override
  public void close() {
    session.close();
    try {
      assertThat(mounted()).as("still mounted").isFalse();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    assertThat(filesystem.openHandles()).as("open handles after the unmount").isZero();
    assertThat(filesystem.references()).as("references after the unmount").isZero();
    filesystem.close();
  }
}
