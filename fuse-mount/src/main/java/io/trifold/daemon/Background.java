package io.trifold.daemon;

import io.trifold.config.MountSettings;
import io.trifold.config.Setting;
import io.trifold.inspect.StatusText;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Starts a {@link Daemon} and waits until its mount answers. */
public final class Background {
  private static final long END_SECONDS = 30;

  private final MountSettings settings;

  public Background(MountSettings settings) {
    this.settings = settings;
  }

  /**
   * Returns when the mount has answered a question of this process's.
   *
   * @param warn told what there is to know, a line each
   * @return that it is mounted, and how; one line
   * @throws MountException why it is not; then nothing is left of it
   */
  public String start(Consumer<String> warn) throws MountException {
    MountState state = MountState.prepare(settings.state(), settings.root());
    try {
      Process daemon = launch(state);
      try {
        converse(daemon, warn, state);
        return probe(daemon);
      } catch (MountException | IOException e) {
        daemon.destroy();
        // Storage that hangs may hold it for longer; then it is gone when that lets go of it.
        daemon.waitFor(END_SECONDS, TimeUnit.SECONDS);
        throw e;
      }
    } catch (IOException e) {
      throw new MountException("the daemon cannot be started: " + MountException.reason(e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MountException("interrupted", e);
    }
  }

  private Process launch(MountState state) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command())
            .directory(new File("/"))
            .redirectError(ProcessBuilder.Redirect.appendTo(state.log().toFile()));
    for (Setting setting : Setting.values()) {
      // It gets them all through the pipe, and the password is not for who looks at processes.
      builder.environment().remove(setting.variable());
    }
    Process daemon = builder.start();
    try (Writer in = new OutputStreamWriter(daemon.getOutputStream(), StandardCharsets.UTF_8)) {
      settings.write(in);
    }
    return daemon;
  }

  /** This program again, as it was started itself: by its launcher, or by hand. */
  private List<String> command() {
    List<String> command = new ArrayList<>();
    // Out of reach of the terminal's Ctrl-C and hang-up. It replaces itself: the process stays
    // ours.
    command.add("setsid");
    String launcher = System.getProperty("trifold.launcher");
    if (launcher != null) {
      command.add(launcher);
    } else {
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.add("-Dfile.encoding=UTF-8");
      command.add("-Dsun.jnu.encoding=UTF-8");
      command.add("-cp");
      command.add(absoluteClassPath());
      command.add("io.trifold.cli.Main");
    }
    command.add("serve");
    command.add(settings.root().toString());
    return command;
  }

  /** The daemon runs in another directory. */
  private static String absoluteClassPath() {
    List<String> parts = new ArrayList<>();
    for (String part : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      parts.add(Path.of(part).toAbsolutePath().toString());
    }
    return String.join(File.pathSeparator, parts);
  }

  private static void converse(Process daemon, Consumer<String> warn, MountState state)
      throws IOException, MountException {
    BufferedReader said = daemon.inputReader(StandardCharsets.UTF_8);
    String line;
    while ((line = said.readLine()) != null) {
      int space = line.indexOf(' ');
      String word = space < 0 ? line : line.substring(0, space);
      String text = line.substring(space + 1);
      if (word.equals(Daemon.READY)) {
        return;
      } else if (word.equals(Daemon.ERROR)) {
        throw new MountException(text);
      } else if (word.equals(Daemon.WARNING)) {
        warn.accept("warning: " + text);
      }
      // Anything else is a library's, which prints.
    }
    throw new MountException("the daemon ended before it was ready: see " + state.log());
  }

  private String probe(Process daemon) throws MountException {
    if (new RunningMount(settings.root()).ask() instanceof RunningMount.Alive alive) {
      StatusText status = alive.status();
      return settings.root()
          + " is mounted as host "
          + settings.host()
          + " ("
          + status.get("transport").map(name -> name.replaceFirst(":.*", "")).orElse("")
          + " transport"
          + ", pid "
          + daemon.pid()
          + ")";
    }
    throw new MountException(settings.root() + " was mounted, and does not answer");
  }
}
