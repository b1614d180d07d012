package io.trifold.fuse.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The kernel's switch for FUSE over io_uring, for the whole machine. It is looked at when a mount
 * begins; what was agreed on then stays.
 */
final class RingSwitch implements AutoCloseable {
  private static final Path FILE = Path.of("/sys/module/fuse/parameters/enable_uring");

  private final boolean turned;

  private RingSwitch(boolean turned) {
    this.turned = turned;
  }

  static boolean isOn() {
    try {
      return Files.readString(FILE).startsWith("Y");
    } catch (IOException e) {
      // A kernel that does not know it.
      return false;
    }
  }

  /**
   * Turns it on until this is closed.
   *
   * @throws IOException with one line for the user
   */
  static RingSwitch turnOn() throws IOException {
    if (isOn()) {
      return new RingSwitch(false);
    }
    try {
      Files.writeString(FILE, "Y");
      return new RingSwitch(true);
    } catch (IOException e) {
      throw new IOException(
          FILE + " cannot be set: FUSE over io_uring needs Linux 6.14, and root to switch it on",
          e);
    }
  }

  @Override
  public void close() throws IOException {
    if (turned) {
      Files.writeString(FILE, "N");
    }
  }
}
