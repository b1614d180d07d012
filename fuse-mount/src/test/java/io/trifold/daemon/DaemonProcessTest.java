package io.trifold.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DaemonProcessTest {

  /** What it starts becomes the child of a program that never asks how a child ended. */
  private static Process parentOf(String child) throws IOException {
    return new ProcessBuilder("sh", "-c", child + " & echo $!; exec sleep 1000").start();
  }

  private static DaemonProcess childOf(Process parent) throws Exception {
    BufferedReader said = parent.inputReader(StandardCharsets.UTF_8);
    DaemonProcess child =
        new DaemonProcess(ProcessHandle.of(Long.parseLong(said.readLine())).orElseThrow());
    // Until then it is a shell, which does ask.
    while (!parent.info().command().orElse("").endsWith("sleep")) {
      Thread.sleep(5);
    }
    return child;
  }

  @Test
  void hasEndedThoughNobodyAskedHow() throws Exception {
    Process parent = parentOf("sleep 1000");
    try {
      DaemonProcess child = childOf(parent);
      assertThat(child.isExiting()).isFalse();
      assertThat(child.hasEnded()).isFalse();

      child.handle().destroyForcibly();

      while (!child.hasEnded()) {
        Thread.sleep(5);
      }
      assertThat(child.isExiting()).isTrue();
      assertThat(child.handle().isAlive()).isTrue();
    } finally {
      parent.destroyForcibly().waitFor();
    }
  }

  @Test
  void hasEndedWhenItIsGone() throws Exception {
    Process child = new ProcessBuilder("true").start();
    child.waitFor();

    assertThat(new DaemonProcess(child.toHandle()).hasEnded()).isTrue();
  }
}
