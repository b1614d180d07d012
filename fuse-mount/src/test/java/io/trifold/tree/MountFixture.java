package io.trifold.tree;

import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.fuse.MountOptions;
import io.trifold.fuse.Transport;
import io.trifold.fuse.jnr.JnrTransport;
import io.trifold.fuse.kernel.KernelTransport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * A tree on a real mount, beside a plain directory on the same disk to compare it with. Its
 * directories: {@code mount}, {@code application}, {@code shared}, {@code plain}.
 */
public final class MountFixture implements AutoCloseable {
  /** The ways to mount. */
  public enum Way {
    PASSTHROUGH,
    KERNEL,
    JNR;

    Transport transport() {
      return switch (this) {
        case PASSTHROUGH -> new KernelTransport();
        case KERNEL -> new KernelTransport(false);
        case JNR -> new JnrTransport();
      };
    }
  }

  public final Path mount;
  public final Path plain;
  final TreeFixture below;
  private final Transport.Session session;

  public MountFixture(Way way, Path directory, String rules) throws Exception {
    this(way, directory, rules, NodeLimit.ofHeap());
  }

  /**
   * @param nodes from how many on the kernel is asked to forget some
   */
  MountFixture(Way way, Path directory, String rules, int nodes) throws Exception {
    this(
        way,
        directory,
        Files.createDirectories(directory.resolve("mount")),
        Files.createDirectories(directory.resolve("application")),
        rules,
        nodes);
  }

  /** Mounted over the application's directory, as in real life. */
  static MountFixture over(Way way, Path directory, Path application, String rules)
      throws Exception {
    return new MountFixture(way, directory, application, application, rules, NodeLimit.ofHeap());
  }

  private MountFixture(
      Way way, Path directory, Path mount, Path application, String rules, int nodes)
      throws Exception {
    Requirement.fuse();
    this.mount = mount;
    plain = Files.createDirectories(directory.resolve("plain"));
    below =
        new TreeFixture(
            application, Files.createDirectories(directory.resolve("shared")), rules, nodes);
    try {
      session = way.transport().mount(below.tree, new MountOptions(mount, "trifold:test", true));
    } catch (IOException | RuntimeException e) {
      below.close();
      throw e;
    }
    below.tree.attach(session.kernelCache());
  }

  Transport.Session session() {
    return session;
  }

  @Override
  public void close() {
    session.close();
    below.close();
  }

  /** What a shell script prints when it is run in a directory; it must succeed. */
  static String sh(Path directory, String script) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder("bash", "-euo", "pipefail", "-c", script)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .start();
    try {
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
      assertThat(process.exitValue()).as("%s%n%s", script, output).isZero();
      return output;
    } finally {
      process.destroyForcibly();
    }
  }

  /** Runs the script on the mount and in the plain directory, where it is to print the same. */
  void assertAlike(String script) throws Exception {
    String expected = sh(plain, script);
    assertThat(sh(mount, script)).as(script).isEqualTo(expected);
  }
}
