package io.trifold.queue.embedded;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A lock on a file, held by this process and gone with it. The kernel gives up all of a process's
 * locks of a file when it closes any descriptor of it: so a process opens each lock file once at a
 * time.
 */
final class ProcessLock implements Closeable {
  private final FileChannel channel;
  private FileLock lock;

  private ProcessLock(FileChannel channel, FileLock lock) {
    this.channel = channel;
    this.lock = lock;
  }

  /** Waits for the lock. */
  static ProcessLock take(Path file, boolean shared) throws IOException {
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      return new ProcessLock(channel, channel.lock(0, Long.MAX_VALUE, shared));
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /**
   * Gives the shared lock up for the exclusive one, if nobody else has a share.
   *
   * @return false if somebody has: then nothing is held any more
   */
  boolean becomeExclusive() throws IOException {
    lock.release();
    lock = channel.tryLock(0, Long.MAX_VALUE, false);
    return lock != null;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
