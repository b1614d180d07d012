package io.trifold.fuse.jnr;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process that a test talks to; it is ended with the test, however that goes. */
final class Child implements AutoCloseable {
  private final Process process;
  private final BufferedReader output;

  Child(List<String> command) throws IOException {
    process = new ProcessBuilder(command).redirectErrorStream(true).start();
    output = process.inputReader(StandardCharsets.UTF_8);
  }

  static Child bash(String script, Object... args) throws IOException {
    List<String> command = new ArrayList<>(List.of("bash", "-ec", script, "bash"));
    for (Object arg : args) {
      command.add(arg.toString());
    }
    return new Child(command);
  }

  /** Runs a script to its end: what it wrote; fails if it fails. */
  static String run(String script, Object... args) throws IOException, InterruptedException {
    try (Child child = bash(script, args)) {
      String text =
          new String(child.process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int status = child.process.waitFor();
      if (status != 0) {
        throw new AssertionError("exit " + status + ": " + text);
      }
      return text.strip();
    }
  }

  static Child lockHolder(Object file, long start, long length, String how) throws IOException {
    return new Child(
        List.of(
            System.getProperty("java.home") + "/bin/java",
            "-Xmx64m",
            "-cp",
            System.getProperty("java.class.path"),
            LockHolder.class.getName(),
            file.toString(),
            Long.toString(start),
            Long.toString(length),
            how));
  }

  String line() {
    try {
      return output.readLine();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether it has said no more so far. */
  boolean silent() throws IOException {
    return !output.ready();
  }

  void say(String line) throws IOException {
    process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().flush();
  }

  void kill() throws InterruptedException {
    process.destroyForcibly();
    if (!process.waitFor(30, TimeUnit.SECONDS)) {
      throw new AssertionError("the process cannot be killed");
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
