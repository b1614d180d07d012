package io.trifold.differential;

import io.trifold.differential.actor.Actor;
import io.trifold.differential.actor.Operation;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** An actor, seen from the test. One that does not answer for long is ended. */
final class ActorProcess implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 60;
  private static final ScheduledExecutorService WATCH =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "watch over actors");
            thread.setDaemon(true);
            return thread;
          });

  private final Process process;
  private final BufferedWriter input;
  private final BufferedReader output;

  ActorProcess() {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx48m",
            "-Xss512k",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:-UsePerfData",
            "-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"),
            "-cp",
            System.getProperty("java.class.path"),
            Actor.class.getName());
    // A process must not stand in the mount from the start, nor fill a pipe that nobody reads.
    builder.directory(Path.of("/").toFile());
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    input = process.outputWriter(StandardCharsets.ISO_8859_1);
    output = process.inputReader(StandardCharsets.ISO_8859_1);
  }

  /** Has the operations made one after the other; {@link #answers} tells what came of them. */
  void ask(List<Operation> operations) {
    try {
      for (Operation operation : operations) {
        input.write(operation.toString());
        input.newLine();
      }
      input.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("an actor has ended", e);
    }
  }

  List<String> answers(int count) {
    List<String> answers = new ArrayList<>();
    Future<?> end = WATCH.schedule(process::destroyForcibly, PATIENCE_SECONDS, TimeUnit.SECONDS);
    try {
      while (answers.size() < count) {
        String line = output.readLine();
        if (line == null) {
          throw new IOException("an actor has ended, or did not answer");
        }
        answers.add(line);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      end.cancel(false);
    }
    return answers;
  }

  List<String> perform(List<Operation> operations) {
    ask(operations);
    return answers(operations.size());
  }

  @Override
  public void close() {
    try {
      process.destroyForcibly().waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
