package io.trifold.fuse.jnr;

import io.trifold.fuse.Connection;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import io.trifold.posix.Stat;
import java.io.IOException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The directory that is mounted on, and the ways to get the mount off it again. */
final class MountPoint {
  private static final Logger LOG = LoggerFactory.getLogger(MountPoint.class);
  private static final long MINOR = 0xffffffffL;

  private final String directory;
  private volatile Optional<Connection> connection = Optional.empty();

  MountPoint(String directory) {
    this.directory = directory;
  }

  String directory() {
    return directory;
  }

  /** Asks the mount for its root's attributes, and waits for the answer. */
  void probe() throws ErrnoException {
    connection = Optional.of(Connection.of(stat().device() & MINOR));
  }

  private Stat stat() throws ErrnoException {
    int fd = Posix.open(directory, Posix.O_PATH | Posix.O_DIRECTORY, 0);
    try {
      return Posix.stat(fd);
    } finally {
      Posix.close(fd);
    }
  }

  /** Unmounts, and if it is in use detaches it and ends the use. */
  void unmount() {
    if (Posix.effectiveUid() != 0) {
      fusermount();
      return;
    }
    try {
      Posix.unmount(directory, Posix.UMOUNT_NOFOLLOW);
    } catch (ErrnoException e) {
      if (e.errno() == Errno.EBUSY) {
        detach(Posix.MNT_FORCE | Posix.MNT_DETACH | Posix.UMOUNT_NOFOLLOW);
      } else if (e.errno() != Errno.EINVAL) {
        LOG.warn("cannot unmount {}: {}", directory, e.getMessage());
      }
    }
  }

  private void detach(int flags) {
    try {
      Posix.unmount(directory, flags);
    } catch (ErrnoException e) {
      // EINVAL: somebody else was faster.
      if (e.errno() != Errno.EINVAL) {
        LOG.warn("cannot unmount {}: {}", directory, e.getMessage());
      }
    }
  }

  private void fusermount() {
    try {
      Process unmount =
          new ProcessBuilder("fusermount", "-u", "-q", "-z", "--", directory)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (unmount.waitFor() == 0) {
        abort();
      }
    } catch (IOException e) {
      LOG.warn("cannot unmount {}: fusermount: {}", directory, e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends the connection with the kernel: users of what is still open get errors. */
  void abort() {
    connection.ifPresent(Connection::abort);
  }

  /** The connection has ended. */
  void disconnect() {
    connection.ifPresent(Connection::close);
  }

  /** Takes away a mount whose connection was ended from outside: it would answer ENOTCONN. */
  void detachIfDead() {
    try {
      stat();
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ENOTCONN && Posix.effectiveUid() == 0) {
        detach(Posix.MNT_DETACH | Posix.UMOUNT_NOFOLLOW);
      } else if (e.errno() == Errno.ENOTCONN) {
        fusermount();
      }
    }
  }
}
