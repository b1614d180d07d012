package io.trifold.fuse.kernel;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * A shared storage that can hang and vanish: a mount that another process serves. Always closed,
 * also after a failure: the process must not stay stopped, nor the mount behind it.
 */
public final class Nas implements AutoCloseable {
  private final Path mount;
  private final Process process;

  private Nas(Path mount, Process process) {
    this.mount = mount;
    this.process = process;
  }

  /** Serves a directory at a mount point; both exist. */
  public static Nas serve(Path directory, Path mount) throws IOException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                NasProgram.class.getName(),
                directory.toString(),
                mount.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    Nas nas = new Nas(mount, process);
    String said = process.inputReader(UTF_8).readLine();
    while (said != null && !said.equals("mounted")) {
      said = process.inputReader(UTF_8).readLine();
    }
    if (said == null) {
      nas.close();
      throw new IOException("the storage could not be mounted");
    }
    return nas;
  }

  /** From now on it answers nothing. */
  public void hang() throws IOException {
    signal("STOP");
  }

  /** It goes on, also with what it was asked meanwhile. */
  public void resume() throws IOException {
    signal("CONT");
  }

  private void signal(String name) throws IOException {
    run("kill", "-" + name, String.valueOf(process.pid()));
  }

  /** Takes the mount away from its place, while it is in use. */
  public void detach() throws IOException {
    run("umount", "-l", mount.toString());
  }

  private static void run(String... command) throws IOException {
    Process process = new ProcessBuilder(command).inheritIO().start();
    try {
      if (!process.waitFor(1, TimeUnit.MINUTES)) {
        throw new IOException(command[0] + " hangs");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      process.destroyForcibly();
    }
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly().onExit().join();
    new ProcessBuilder("umount", "-l", "-q", mount.toString()).start().onExit().join();
  }
}
