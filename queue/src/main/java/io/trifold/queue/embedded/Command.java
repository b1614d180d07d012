package io.trifold.queue.embedded;

import io.trifold.queue.QueueException.Refused;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Runs a program to its end. Its output goes to a file and not to a pipe: what it leaves running in
 * the background must not depend on this process.
 */
final class Command {
  private static final int LIMIT_SECONDS = 180;

  private final Path directory;

  private Command(Path directory) {
    this.directory = directory;
  }

  /** Commands whose working directory is this one. */
  static Command in(Path directory) {
    return new Command(directory);
  }

  record Result(int status, String output) {
    boolean succeeded() {
      return status == 0;
    }

    void orFail(String what) throws Refused {
      if (!succeeded()) {
        throw new Refused(what + ": " + reason());
      }
    }

    /** The line that names an error, or else the last. */
    private String reason() {
      List<String> lines =
          output.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
      if (lines.isEmpty()) {
        return "exit status " + status;
      }
      return lines.stream()
          .filter(line -> line.contains("error:") || line.contains("FATAL:"))
          .findFirst()
          .orElse(lines.get(lines.size() - 1));
    }
  }

  Result run(List<String> command) throws IOException, InterruptedException {
    Path output = Files.createTempFile(directory, "command", ".out");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectInput(Redirect.from(Path.of("/dev/null").toFile()))
              .redirectOutput(output.toFile());
      // Settings of the user's own PostgreSQL are not meant for this one.
      builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
      builder.environment().put("LC_ALL", "C");
      Process process = builder.start();
      if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
        return new Result(-1, command.get(0) + " took more than " + LIMIT_SECONDS + " seconds");
      }
      return new Result(process.exitValue(), Files.readString(output, StandardCharsets.ISO_8859_1));
    } finally {
      Files.delete(output);
    }
  }
}
