package io.trifold.fuse.kernel;

import io.trifold.fuse.Connection;
import io.trifold.fuse.MountOptions;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.MountTable;
import io.trifold.posix.Posix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A directory with our filesystem over it. {@link RootMounting} makes the system calls itself,
 * {@link HelperMounting} asks the set-user-id {@code fusermount3} for them.
 */
abstract sealed class Mounting permits RootMounting, HelperMounting {
  private static final Logger LOG = LoggerFactory.getLogger(Mounting.class);

  static final String TYPE = MountTable.TRIFOLD;

  private final String mountPoint;
  private final Device device;

  /** {@code major:minor}; empty until it is known. */
  private String deviceNumber = "";

  private Optional<Connection> connection = Optional.empty();

  Mounting(String mountPoint, Device device) {
    this.mountPoint = mountPoint;
    this.device = device;
  }

  /**
   * Mounts.
   *
   * @throws IOException with one line for the user
   */
  static Mounting mount(MountOptions options) throws IOException {
    String mountPoint = check(options.mountPoint());
    Mounting mounting =
        Posix.effectiveUid() == 0
            ? RootMounting.mount(mountPoint, options)
            : HelperMounting.mount(mountPoint, options);
    try {
      mounting.deviceNumber =
          deviceAt(mountPoint)
              .orElseThrow(() -> new IOException(mountPoint + " is mounted, but not in sight"));
      mounting.connect();
    } catch (IOException e) {
      mounting.abandon();
      throw e;
    }
    return mounting;
  }

  private static String check(Path directory) throws IOException {
    try {
      Posix.close(Posix.open(directory.toString(), Posix.O_PATH | Posix.O_DIRECTORY, 0));
    } catch (ErrnoException e) {
      throw new IOException(
          switch (e.errno()) {
            case Errno.ENOENT -> directory + ": no such directory";
            case Errno.ENOTDIR -> directory + ": not a directory, nothing can be mounted there";
            case Errno.ENOTCONN ->
                directory
                    + ": the mount of a daemon that is gone stands there; remove it with umount -l "
                    + directory;
            default -> "cannot mount over " + e.getMessage();
          },
          e);
    }
    // As the kernel's table has it: without symlinks.
    return directory.toRealPath().toString();
  }

  final String mountPoint() {
    return mountPoint;
  }

  final Device device() {
    return device;
  }

  /** Whether it is what one meets at the mount point, as far as that can be told. */
  final boolean isMounted() {
    if (deviceNumber.isEmpty()) {
      return true;
    }
    try {
      Optional<String> topmost = deviceAt(mountPoint);
      return topmost.isPresent() && topmost.get().equals(deviceNumber);
    } catch (IOException e) {
      LOG.warn("Cannot tell whether {} is mounted: {}", mountPoint, e.getMessage());
      return true;
    }
  }

  /** What {@link #unmount} returns if nobody used it. */
  static final int IDLE = -1;

  /**
   * Unmounts. In use it is detached: nobody new finds it, and who is in it stays there until the
   * service ends.
   *
   * @return {@link #IDLE}, or if it was in use a descriptor of its root, for the caller to close
   * @throws IOException with one line for the user
   */
  final int unmount() throws IOException {
    if (!isMounted() || unmountIdle()) {
      return IDLE;
    }
    int root;
    try {
      root = Posix.open(mountPoint, Posix.O_PATH | Posix.O_DIRECTORY, 0);
    } catch (ErrnoException e) {
      root = IDLE;
    }
    try {
      detach();
    } catch (IOException e) {
      if (isMounted()) {
        close(root);
        throw e;
      }
    }
    return root;
  }

  private static void close(int fd) {
    if (fd >= 0) {
      Posix.close(fd);
    }
  }

  /** Unmounts if nobody uses it; false if somebody does. */
  abstract boolean unmountIdle() throws IOException;

  /** Takes it out of sight, in use or not. */
  abstract void detach() throws IOException;

  /** Takes back a mount that is not served. */
  final void abandon() throws IOException {
    device.close();
    close(unmount());
    disconnect();
  }

  private void connect() {
    int minor = Integer.parseInt(deviceNumber.substring(deviceNumber.indexOf(':') + 1));
    connection = Optional.of(Connection.of(minor));
  }

  /**
   * Ends the service at once: who has a file open gets errors from then on. The mount stays in its
   * place until it is unmounted.
   */
  final void abort() {
    connection.ifPresent(Connection::abort);
  }

  /** The service is over: there is nothing left to end. */
  final void disconnect() {
    connection.ifPresent(Connection::close);
  }

  /** Lets the kernel read ahead as much as it asks for in one request. Only to be faster. */
  final void raiseReadahead() {
    try {
      Files.writeString(
          Path.of("/sys/class/bdi", deviceNumber, "read_ahead_kb"),
          String.valueOf(Agreement.MAX_TRANSFER / 1024));
    } catch (IOException e) {
      LOG.debug("Readahead stays as it is: {}", e.getMessage());
    }
  }

  private static Optional<String> deviceAt(String mountPoint) throws IOException {
    return MountTable.read().at(Path.of(mountPoint)).map(MountTable.Mount::device);
  }

  static IOException noDevice(ErrnoException e) {
    return new IOException(
        switch (e.errno()) {
          case Errno.ENOENT, Errno.ENODEV, Errno.ENXIO ->
              "there is no "
                  + Device.PATH
                  + ": load the kernel's module (modprobe fuse), or start the container with"
                  + " --device "
                  + Device.PATH;
          case Errno.EPERM, Errno.EACCES ->
              "may not open "
                  + Device.PATH
                  + ": run as root, or start the container with --device "
                  + Device.PATH;
          default -> "cannot open " + e.getMessage();
        },
        e);
  }
}
