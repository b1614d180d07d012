package io.trifold.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * What a detached process says to the launcher that waits for it, on its standard output: lines
 * that begin with the stream they are for, {@code out} or {@code err}, and at the end {@code
 * ready}. Lines that do not are a library's, which prints.
 */
final class LauncherPipe {
  private static final String READY = "ready";

  private final PrintStream pipe =
      new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);

  /** Sends what this process prints that way. */
  void take() {
    System.setOut(new PrintStream(new Lines("out "), true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(new Lines("err "), true, StandardCharsets.UTF_8));
  }

  /**
   * Lets the launcher go.
   *
   * @return whether it was still there
   */
  boolean ready() {
    pipe.println(READY);
    System.setErr(
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8));
    return !pipe.checkError();
  }

  /** Passes on whole lines, each behind a word. */
  private final class Lines extends OutputStream {
    private final byte[] word;
    private boolean within;

    private Lines(String word) {
      this.word = word.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void write(int b) throws IOException {
      if (!within) {
        pipe.write(word);
      }
      pipe.write(b);
      within = b != '\n';
    }
  }
}
