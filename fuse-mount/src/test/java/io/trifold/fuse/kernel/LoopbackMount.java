package io.trifold.fuse.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.trifold.fuse.MountOptions;
import io.trifold.fuse.Transport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Predicate;

/** A directory mounted over another one, for the length of a test. */
final class LoopbackMount implements AutoCloseable {
  /** How requests come, for all that are made from now on; whatever the machine's switch says. */
  static volatile MountOptions.IoUring ioUring = MountOptions.IoUring.OFF;

  final Path backing;
  final Path point;
  final Loopback operations;
  final Transport.Session session;

  /** Makes the filesystem over a directory. */
  interface Maker {
    Loopback make(Path backing) throws Exception;
  }

  /**
   * @param place an empty directory for all that it needs
   */
  LoopbackMount(Path place, boolean passthrough, Maker maker) throws Exception {
    backing = Files.createDirectories(place.resolve("backing"));
    point = Files.createDirectories(place.resolve("mount"));
    operations = maker.make(backing);
    session =
        new KernelTransport(passthrough)
            .mount(operations, new MountOptions(point, "trifold:loopback", true, true, ioUring));
  }

  LoopbackMount(Path place) throws Exception {
    this(place, true, Loopback::new);
  }

  Path path(String name) {
    return point.resolve(name);
  }

  /** A shell's standard output and standard error; its directory is the mount point. */
  String sh(String script) throws IOException, InterruptedException {
    Process process = start(script);
    String output = new String(process.getInputStream().readAllBytes(), Shell.BYTES);
    assertThat(process.waitFor()).as("exit status of: %s%n%s", script, output).isZero();
    return output;
  }

  /** A shell that runs meanwhile. */
  Process start(String script) throws IOException {
    return Shell.start(point, script);
  }

  @Override
  public void close() {
    session.close();
    operations.close();
  }

  /** Waits, for as long as a slow machine may take, until something holds. */
  static <T> void eventually(T subject, Predicate<T> holds) throws InterruptedException {
    for (int i = 0; i < 3000; i++) {
      if (holds.test(subject)) {
        return;
      }
      Thread.sleep(10);
    }
    fail("in vain");
  }
}
