package io.trifold.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs programs from the top of the source tree. */
final class Commands {
  private static final Duration LIMIT = Duration.ofMinutes(3);
  static final Path TOP = Path.of("").toAbsolutePath().getParent();

  private Commands() {}

  /** What it printed, on either stream. Fails if it does not end well and in time. */
  static String succeed(List<String> command) throws IOException, InterruptedException {
    // Through a file: a daemon that the program leaves behind may keep a pipe open.
    Path output = Files.createTempFile("command", ".out");
    try {
      Process process = start(command, output);
      if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
        throw new AssertionError(
            String.join(" ", command) + " takes too long; it printed: " + text(output));
      }
      assertThat(process.exitValue())
          .as("exit status of %s, which printed: %s", String.join(" ", command), text(output))
          .isZero();
      return text(output);
    } finally {
      Files.delete(output);
    }
  }

  /** Starts a program that stays; it prints into the file. */
  static Process start(List<String> command, Path output) throws IOException {
    return new ProcessBuilder(command)
        .directory(TOP.toFile())
        .redirectErrorStream(true)
        .redirectInput(Path.of("/dev/null").toFile())
        .redirectOutput(output.toFile())
        .start();
  }

  /** Ends a server and its workers, which it ends itself: if they are killed, it starts others. */
  static void stop(Process server) throws InterruptedException {
    List<ProcessHandle> workers = server.descendants().toList();
    server.destroy();
    if (!server.waitFor(10, TimeUnit.SECONDS)) {
      server.destroyForcibly().waitFor();
    }
    workers.forEach(ProcessHandle::destroyForcibly);
  }

  private static String text(Path file) throws IOException {
    return Files.readString(file, StandardCharsets.ISO_8859_1).strip();
  }
}
