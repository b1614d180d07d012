package io.trifold.daemon;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** A mount's daemon, seen from another process. */
public record DaemonProcess(ProcessHandle handle) {

  /**
   * Whether it holds nothing any more: no file, no lock, no mount. Its number may still be taken,
   * by what the system keeps of a process until its parent asks how it ended; the parent of a
   * daemon is the first process of the machine or container, which does that when it likes, or
   * never.
   */
  public boolean hasEnded() {
    return !handle.isAlive() || (isExiting() && threads() <= 1);
  }

  /** Whether its first thread has ended, which is the last that a program does. */
  boolean isExiting() {
    try {
      String stat = Files.readString(directory().resolve("stat"), StandardCharsets.ISO_8859_1);
      return stat.startsWith("Z", stat.lastIndexOf(')') + 2);
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * The first thread is counted until the process is gone; others until they have let go of all.
   */
  private long threads() {
    try (Stream<Path> threads = Files.list(directory().resolve("task"))) {
      return threads.count();
    } catch (IOException e) {
      return 0;
    }
  }

  private Path directory() {
    return Path.of("/proc", Long.toString(handle.pid()));
  }
}
