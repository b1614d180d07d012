package io.trifold.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.queue.QueueException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A farm of some hosts in one directory, each with a configuration file of its own, and the
 * embedded database. Stopping it ends all that it started.
 */
final class FarmHosts {
  private static final String COMMAND = Commands.TOP.resolve("scripts/trifold").toString();

  private final Path directory;
  private final List<Member> members = new ArrayList<>();
  private final List<Process> started = new ArrayList<>();

  /** What daemons had started that were killed alone. */
  private final List<ProcessHandle> left = new ArrayList<>();

  /** What a command left. */
  record Result(int exit, String out, String err) {
    Result exits(int code) {
      assertThat(exit).as("exit code; it said: %s%s", out, err).isEqualTo(code);
      return this;
    }
  }

  private FarmHosts(Path directory) {
    this.directory = directory;
  }

  /**
   * Lays it out; nothing is mounted yet.
   *
   * @param settings more lines of each host's configuration
   */
  static FarmHosts in(Path directory, String rules, List<String> names, String... settings)
      throws IOException, InterruptedException, QueueException {
    FarmHosts farm = new FarmHosts(directory.toRealPath());
    PreparedDatabase.in(farm.directory.resolve("state"));
    Files.createDirectories(farm.directory.resolve("shared_storage"));
    Files.writeString(farm.directory.resolve("site.rules"), rules);
    for (String name : names) {
      Member member = farm.new Member(name);
      Files.createDirectories(member.root());
      member.configure(settings);
      farm.members.add(member);
    }
    return farm;
  }

  Path directory() {
    return directory;
  }

  Member host(int number) {
    return members.get(number);
  }

  List<Member> hosts() {
    return members;
  }

  void mount() throws Exception {
    for (Member member : members) {
      member.mount();
    }
  }

  /** Ends the database at once, as in a crash; what was not committed is gone. */
  void stopDatabase() throws IOException, InterruptedException {
    PreparedDatabase.stop(directory.resolve("state"));
  }

  /** As the next mount on this machine would. */
  void startDatabase() throws QueueException {
    PreparedDatabase.start(directory.resolve("state"));
  }

  void stop() throws Exception {
    try {
      for (Member member : members) {
        member.unmount();
      }
    } finally {
      for (Process process : started) {
        signal(process, "CONT");
        Host.kill(process);
      }
      left.forEach(ProcessHandle::destroyForcibly);
      for (Member member : members) {
        if (member.isMounted()) {
          Commands.succeed(List.of("umount", "-l", member.root().toString()));
        }
      }
    }
  }

  /** Takes a process of a test's own, to be killed at the end. */
  Process stopping(Process process) {
    started.add(process);
    return process;
  }

  /** Kills a daemon alone; what it started is left to itself until the end of the test. */
  void killAlone(Process daemon) throws InterruptedException {
    left.addAll(daemon.descendants().toList());
    Host.killAlone(daemon);
  }

  static void signal(Process process, String name) throws Exception {
    if (process.isAlive()) {
      Commands.succeed(List.of("kill", "-" + name, Long.toString(process.pid())));
    }
  }

  /** One of them. */
  final class Member {
    private final String name;

    private Member(String name) {
      this.name = name;
    }

    String name() {
      return name;
    }

    Path root() {
      return directory.resolve(name);
    }

    Path path(String below) {
      return root().resolve(below);
    }

    /** Writes its configuration file anew. */
    void configure(String... settings) throws IOException {
      List<String> lines =
          new ArrayList<>(
              List.of(
                  "root = \"" + root() + "\"",
                  "rules = \"" + directory.resolve("site.rules") + "\"",
                  "state = \"" + directory.resolve("state") + "\"",
                  "host = \"" + name + "\""));
      lines.addAll(List.of(settings));
      Files.write(config(), lines);
    }

    private Path config() {
      return directory.resolve(name + ".toml");
    }

    void mount() throws Exception {
      trifold("mount", "--config", config().toString()).exits(0);
    }

    /** By a daemon that is a child of this process, to be killed. */
    Process mountInForeground() throws Exception {
      Path output = directory.resolve(name + ".out");
      Process daemon =
          Commands.start(
              List.of(COMMAND, "mount", "--foreground", "--config", config().toString()), output);
      started.add(daemon);
      Eventually.passes(
          () -> {
            if (!daemon.isAlive()) {
              throw new IllegalStateException("no mount: " + Files.readString(output));
            }
            Files.readString(path(".trifold/status"));
          });
      return daemon;
    }

    boolean isMounted() throws IOException {
      return Files.readString(Path.of("/proc/self/mounts"), StandardCharsets.ISO_8859_1)
          .contains(" " + root() + " ");
    }

    void unmount() throws Exception {
      if (isMounted()) {
        Commands.succeed(List.of(COMMAND, "umount", "--force", root().toString()));
      }
    }

    /** Runs a command about this host's mount. */
    Result on(String command, String... arguments) throws Exception {
      List<String> words = new ArrayList<>(List.of(command, "--root", root().toString()));
      words.addAll(List.of(arguments));
      return trifold(words.toArray(String[]::new));
    }

    Result trifold(String... arguments) throws Exception {
      List<String> command = new ArrayList<>(List.of(COMMAND));
      command.addAll(List.of(arguments));
      return run(command);
    }

    /** Runs any program. */
    Result run(List<String> command) throws Exception {
      // Through files: a daemon that the command leaves behind may keep a pipe open.
      Path out = Files.createTempFile(directory, "out", "");
      Path err = Files.createTempFile(directory, "err", "");
      Process process =
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectInput(Path.of("/dev/null").toFile())
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start();
      if (!process.waitFor(3, TimeUnit.MINUTES)) {
        process.destroyForcibly().waitFor();
        throw new AssertionError(command + " takes too long");
      }
      return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
    }
  }
}
