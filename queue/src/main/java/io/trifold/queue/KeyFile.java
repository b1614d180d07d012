package io.trifold.queue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The farm's keys as they are in their file by now: it is brought up to date while hosts are
 * mounted. Thread-safe.
 */
public final class KeyFile {
  private static final Logger log = LoggerFactory.getLogger(KeyFile.class);

  private final Path file;
  private FarmKey key;
  private FileTime changed;

  /**
   * The keys in the file.
   *
   * @throws QueueException.Refused if the file cannot be read, is no key, or is open to others
   */
  public KeyFile(Path file) throws QueueException {
    this.file = file;
    this.key = FarmKey.load(file);
  }

  /** The keys; those that were there before, if the file cannot be read. */
  public synchronized FarmKey key() {
    try {
      FileTime now = (FileTime) Files.getAttribute(file, "unix:ctime");
      if (!now.equals(changed)) {
        key = FarmKey.load(file);
        changed = now;
      }
    } catch (IOException | QueueException e) {
      log.debug("the farm's keys are still those that were read before", e);
    }
    return key;
  }
}
