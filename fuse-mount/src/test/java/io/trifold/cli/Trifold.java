package io.trifold.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.daemon.DaemonProcess;
import io.trifold.posix.MountTable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The real command in processes of its own, working in one directory. What it mounted there and
 * started is gone when this is closed.
 */
final class Trifold implements AutoCloseable {
  private static final Path LAUNCHER = Path.of("..", "scripts", "trifold").toAbsolutePath();

  /** What a command left. */
  record Result(int exit, String out, String err) {
    /** Expects that it did what it was asked. */
    Result succeeded() {
      assertThat(exit).as("exit code; it said: %s%s", out, err).isZero();
      return this;
    }

    /** Expects one clear line that says so, and nothing else. */
    void failed(int code, String... parts) {
      assertThat(exit).as("exit code; it said: %s%s", out, err).isEqualTo(code);
      assertThat(out).isEmpty();
      assertThat(err).startsWith("trifold: ").contains(parts).doesNotContain("Exception");
      assertThat(err.lines()).hasSize(1);
    }
  }

  final Path home;
  final Map<String, String> environment = new HashMap<>();
  private final List<Process> started = new ArrayList<>();
  private final Map<Long, Path> errors = new HashMap<>();

  Trifold(Path home) throws IOException {
    this.home = home.toRealPath();
  }

  /** Runs the command to its end. */
  Result run(String... arguments) throws IOException {
    return end(start(arguments));
  }

  Process start(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(LAUNCHER.toString()));
    command.addAll(List.of(arguments));
    return start(command);
  }

  Process start(List<String> command) throws IOException {
    Path err = Files.createTempFile(home, "err", "");
    // Tests that run in a shell's background have inherited that interrupts are ignored.
    List<String> heeding = new ArrayList<>(List.of("env", "--default-signal=INT"));
    heeding.addAll(command);
    ProcessBuilder builder =
        new ProcessBuilder(heeding).directory(home.toFile()).redirectError(err.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("TRIFOLD_"));
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    errors.put(process.pid(), err);
    started.add(process);
    return process;
  }

  Result end(Process process) throws IOException {
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int exit = process.onExit().join().exitValue();
    return new Result(exit, out, said(process));
  }

  /** What it has said on standard error until now. */
  String said(Process process) throws IOException {
    return Files.readString(errors.get(process.pid()));
  }

  /** A shell's standard output; its exit code does not count. */
  String sh(String script) throws IOException {
    return end(start(List.of("sh", "-c", script))).out();
  }

  Path file(String name, String... lines) throws IOException {
    Path file = home.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.write(file, List.of(lines));
  }

  Path directory(String name) throws IOException {
    return Files.createDirectories(home.resolve(name));
  }

  static boolean isMounted(Path root) throws IOException {
    return MountTable.read().trifoldAt(root).isPresent();
  }

  static ProcessHandle daemonOf(Path root) throws IOException {
    String status = Files.readString(root.resolve(".trifold/status"));
    Optional<String> line = status.lines().filter(l -> l.startsWith("pid:")).findFirst();
    return ProcessHandle.of(Long.parseLong(line.orElseThrow().substring(4).strip())).orElseThrow();
  }

  static boolean hasEnded(ProcessHandle daemon) {
    return new DaemonProcess(daemon).hasEnded();
  }

  static void awaitEnd(ProcessHandle daemon) throws InterruptedException {
    while (!hasEnded(daemon)) {
      Thread.sleep(10);
    }
  }

  @Override
  public void close() throws IOException {
    for (MountTable.Mount mount : MountTable.read().trifolds()) {
      if (mount.point().startsWith(home)) {
        end(start("umount", "--force", mount.point().toString()));
      }
    }
    for (Process process : started) {
      if (process.isAlive()) {
        process.destroyForcibly().onExit().join();
      }
    }
  }
}
