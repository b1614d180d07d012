package io.trifold.fuse.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Mounts as a user who is not root, in a process of that user. It has a mount namespace of its own,
 * where the device is open to everybody, as udev would have it.
 */
@RequiresFuse
@Timeout(120)
class OrdinaryUserIT {
  private static final String USER = "setpriv --reuid 65534 --regid 65534 --clear-groups ";
  private static final List<String> NEEDED =
      List.of("classes", "fuse-mount", "binding-rules", "jnr", "jffi", "asm", "slf4j", "logback");

  @TempDir Path place;
  private Path backing;

  @BeforeEach
  void directories() throws Exception {
    backing = Files.createDirectory(place.resolve("backing"));
    Files.createDirectory(place.resolve("point"));
    assertThat(Shell.start(place, "chmod 755 .; chown 65534:65534 backing point").waitFor())
        .isZero();
  }

  @Test
  void fusermount_mounts_and_unmounts_for_them() throws Exception {
    assumeFusermount();
    Process daemon = start();
    try {
      assertThat(daemon.inputReader().readLine()).isEqualTo("mounted, passthrough false");
      assertThat(user(daemon, "echo x > f; cat f; stat -c %u f; df --output=source . | tail -1"))
          .isEqualTo("x\n65534\ntrifold:a,b\n");
      daemon.outputWriter().append("stop\n").flush();
      assertThat(daemon.inputReader().readLine()).isEqualTo("unmounted");
      assertThat(daemon.waitFor()).isZero();
      assertThat(backing.resolve("f")).hasContent("x\n");
    } finally {
      stop(daemon);
    }
  }

  @Test
  void a_mount_in_use_ends_all_the_same() throws Exception {
    assumeFusermount();
    Process daemon = start();
    try {
      assertThat(daemon.inputReader().readLine()).isEqualTo("mounted, passthrough false");
      user(daemon, "echo x > f");
      Process user =
          Shell.start(place, as(daemon) + "sh -c 'cd point; echo in; read go; cat f || :'");
      assertThat(user.inputReader().readLine()).isEqualTo("in");
      daemon.outputWriter().append("stop\n").flush();
      assertThat(daemon.inputReader().readLine()).isEqualTo("unmounted");
      assertThat(daemon.waitFor()).isZero();
      user.outputWriter().append("go\n").close();
      assertThat(user.inputReader().readLine())
          .isEqualTo("cat: f: Transport endpoint is not connected");
    } finally {
      stop(daemon);
    }
  }

  @Test
  void without_fusermount_they_are_told_what_is_missing() throws Exception {
    assertThat(HelperMounting.find(List.of(place.toString()))).isEmpty();
  }

  private static void assumeFusermount() {
    boolean there = Files.isExecutable(Path.of("/usr/bin/fusermount3"));
    assumeTrue(there || "true".equals(System.getenv("CI")), "needs fusermount3 (package fuse3)");
  }

  /** With copies of the classes that it may read. */
  private Process start() throws IOException, InterruptedException {
    Path classes = Files.createDirectory(place.resolve("classes"));
    int number = 0;
    StringBuilder classPath = new StringBuilder();
    for (String entry : System.getProperty("java.class.path").split(":", -1)) {
      Path name = Path.of(entry).getFileName();
      if (NEEDED.stream().anyMatch(name.toString()::contains)) {
        Path copy = classes.resolve(number++ + "-" + name);
        assertThat(Shell.start(place, "cp -r '" + entry + "' '" + copy + "'").waitFor()).isZero();
        classPath.append(copy).append(':');
      }
    }
    assertThat(Shell.start(place, "chmod -R a+rX classes").waitFor()).isZero();
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return Shell.start(
        place,
        """
        exec unshare -m --propagation private sh -ec '
          mknod -m 666 device c 10 229
          mount --bind device /dev/fuse
          exec %s %s -Djava.io.tmpdir=%s %s -cp %s %s backing point'
        """
            .formatted(USER, java, backing, flags(), classPath, LoopbackProgram.class.getName()));
  }

  /** Begins a command of the same user, who sees what the daemon sees. */
  private static String as(Process daemon) {
    return "exec nsenter -t " + daemon.pid() + " -m --wd=. " + USER;
  }

  /** The flags of this JVM that one with native access needs. */
  private static String flags() {
    return Stream.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow")
        .filter(flag -> Runtime.version().feature() >= 24)
        .collect(Collectors.joining(" "));
  }

  private String user(Process daemon, String script) throws Exception {
    Process process = Shell.start(place, as(daemon) + "sh -ec 'cd point; " + script + "'");
    String output = new String(process.getInputStream().readAllBytes(), Shell.BYTES);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }

  /** What is mounted in the namespace goes with it. */
  private static void stop(Process daemon) throws Exception {
    daemon.destroyForcibly().waitFor();
  }
}
