package io.trifold.fuse;

import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import java.nio.file.Files;
import java.nio.file.Path;
import jnr.ffi.Pointer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The kernel's end of a mount, to be cut off: whoever waits for an answer or has a file open gets
 * errors from then on.
 *
 * <p>The control file is opened while the mount stands. The kernel names it by the minor number of
 * the mount's device, which it gives to another mount as soon as this one is gone; the descriptor
 * stays with its own.
 */
public final class Connection implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Connection.class);
  private static final Path CONTROL = Path.of("/sys/fs/fuse/connections");
  private static final int NONE = -1;

  private int abort;

  private Connection(int abort) {
    this.abort = abort;
  }

  /**
   * The connection of a mount that stands. Where the kernel's control filesystem is out of reach,
   * {@link #abort} does nothing.
   *
   * @param minor of the mount's device number
   */
  public static Connection of(long minor) {
    Path file = CONTROL.resolve(Long.toString(minor)).resolve("abort");
    // A container may lack the control filesystem.
    boolean mounted = Posix.effectiveUid() == 0 && !Files.exists(file) && mountControl();
    try {
      return new Connection(Posix.open(file.toString(), Posix.O_WRONLY, 0));
    } catch (ErrnoException e) {
      LOG.debug("The connection of a mount cannot be cut off: {}", e.getMessage());
      return new Connection(NONE);
    } finally {
      if (mounted) {
        unmountControl();
      }
    }
  }

  private static boolean mountControl() {
    try {
      Posix.mount("fusectl", CONTROL.toString(), "fusectl", 0, "");
      return true;
    } catch (ErrnoException e) {
      LOG.debug("No fusectl: {}", e.getMessage());
      return false;
    }
  }

  private static void unmountControl() {
    try {
      Posix.unmount(CONTROL.toString(), Posix.MNT_DETACH);
    } catch (ErrnoException e) {
      LOG.debug("fusectl stays: {}", e.getMessage());
    }
  }

  /** Cuts it off. Does nothing if the mount is gone. */
  public synchronized void abort() {
    if (abort == NONE) {
      return;
    }
    Pointer one = Posix.allocate(1);
    one.putByte(0, (byte) '1');
    try {
      Posix.write(abort, one, 1);
    } catch (ErrnoException e) {
      if (e.errno() != Errno.ENOTCONN) {
        LOG.warn("Cannot cut off a mount's connection: {}", e.getMessage());
      }
    }
  }

  @Override
  public synchronized void close() {
    if (abort != NONE) {
      Posix.close(abort);
      abort = NONE;
    }
  }
}
