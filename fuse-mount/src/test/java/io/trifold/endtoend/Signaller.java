package io.trifold.endtoend;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;

/**
 * Sends signals by a process that is there already. A new one would close, before it runs, what
 * this one has open, and wait for a daemon that was just told to stand still.
 */
final class Signaller implements AutoCloseable {
  private static final String LOOP =
      "while read -r name pid; do kill -s \"$name\" \"$pid\"; echo \"$?\"; done";

  private final Process shell;
  private final Writer requests;
  private final BufferedReader answers;

  Signaller() throws IOException {
    shell =
        new ProcessBuilder("sh", "-c", LOOP).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    requests = shell.outputWriter(StandardCharsets.US_ASCII);
    answers = shell.inputReader(StandardCharsets.US_ASCII);
  }

  /** Returns once the signal is sent; nothing happens if the process has ended. */
  void send(Process process, String name) throws IOException {
    if (!process.isAlive()) {
      return;
    }
    requests.write(name + " " + process.pid() + "\n");
    requests.flush();
    String answer = answers.readLine();
    if (!"0".equals(answer) && process.isAlive()) {
      throw new IOException("signal " + name + " could not be sent: " + answer);
    }
  }

  @Override
  public void close() {
    shell.destroy();
  }
}
