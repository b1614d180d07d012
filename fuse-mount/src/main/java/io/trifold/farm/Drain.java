package io.trifold.farm;

import io.trifold.control.ControlException;
import io.trifold.control.ControlServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Whether the operator has taken this host out of the balancer: a file in the mount's own
 * directory, so that it stays so over a new mount.
 */
public final class Drain {
  private final Path file;

  /**
   * The one of a mount.
   *
   * @param state the mount's own directory
   */
  public Drain(Path state) {
    this.file = state.resolve("draining");
  }

  public boolean isOn() {
    return Files.exists(file);
  }

  /** Answers the commands about it from now on. */
  public void register(ControlServer control) {
    control.register("drain", (asked, answers) -> turn(asked.path("on").asBoolean(true)));
  }

  private int turn(boolean on) throws ControlException {
    try {
      if (on && !isOn()) {
        Files.createFile(file);
      } else if (!on) {
        Files.deleteIfExists(file);
      }
      return 0;
    } catch (IOException e) {
      throw new ControlException(file + " cannot be changed: " + e.getMessage(), e);
    }
  }
}
