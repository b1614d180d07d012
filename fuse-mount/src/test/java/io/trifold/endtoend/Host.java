package io.trifold.endtoend;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One host of a farm: an application's root and the mount over it.
 *
 * @param root the application's directory
 * @param farm the directory that holds the rules, the shared storage and the state
 * @param transport as {@code --transport} takes it
 */
record Host(String name, Path root, Path farm, String transport) {
  private static final String COMMAND = Commands.TOP.resolve("scripts/trifold").toString();

  /** Mounts, and returns when the mount answers. */
  void mount(String... options) throws IOException, InterruptedException {
    List<String> command = mountCommand();
    command.addAll(List.of(options));
    Commands.succeed(command);
  }

  /** Mounts by a daemon that is a child of this process, to be killed. */
  Process mountInForeground(String... options) throws Exception {
    List<String> command = mountCommand();
    command.addAll(List.of(options));
    command.add("--foreground");
    Path output = farm.resolve(name + ".out");
    Process daemon = Commands.start(command, output);
    try {
      Eventually.passes(
          () -> {
            if (!daemon.isAlive()) {
              throw new IllegalStateException("no mount: " + Files.readString(output));
            }
            Files.readString(root.resolve(".trifold/status"));
          });
    } catch (Exception | AssertionError e) {
      kill(daemon);
      throw e;
    }
    return daemon;
  }

  /** With all that it started, so that nothing stays. */
  static void kill(Process daemon) throws InterruptedException {
    daemon.descendants().forEach(ProcessHandle::destroyForcibly);
    daemon.destroyForcibly().waitFor(30, TimeUnit.SECONDS);
  }

  /** As the kernel kills it where memory is short: what it started is left to itself. */
  static void killAlone(Process daemon) throws InterruptedException {
    daemon.destroyForcibly().waitFor(30, TimeUnit.SECONDS);
  }

  private List<String> mountCommand() {
    return new ArrayList<>(
        List.of(
            COMMAND,
            "mount",
            root.toString(),
            "--rules",
            farm.resolve("site.rules").toString(),
            "--remote",
            farm.resolve("shared").toString(),
            "--state",
            farm.resolve("state").toString(),
            "--host",
            name,
            "--transport",
            transport));
  }

  boolean isMounted() throws IOException {
    String field = " " + root + " ";
    return Files.readString(Path.of("/proc/self/mounts"), StandardCharsets.ISO_8859_1)
        .contains(field);
  }

  /** Unmounts, and returns when the mount is gone. Does nothing where none is. */
  void unmount() throws IOException, InterruptedException {
    if (isMounted()) {
      Commands.succeed(List.of(COMMAND, "umount", root.toString()));
    }
  }
}
