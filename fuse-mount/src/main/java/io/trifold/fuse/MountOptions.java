package io.trifold.fuse;

import java.nio.file.Path;

/**
 * How a filesystem is mounted.
 *
 * @param mountPoint an absolute directory
 * @param source what {@code df} and {@code /proc/mounts} show as the device, such as {@code
 *     trifold:web1}
 * @param allowOther whether users other than the daemon's may use it; root's mounts only
 * @param acls whether the kernel is to enforce POSIX ACLs, where the transport can have it do so.
 *     It does not remember that the root has none, and asks at each step from there that somebody
 *     takes who does not own it.
 * @param ioUring whether requests are to come over io_uring; the kernel transport's alone
 */
public record MountOptions(
    Path mountPoint, String source, boolean allowOther, boolean acls, IoUring ioUring) {
  /** Whether requests are to come over io_uring. */
  public enum IoUring {
    OFF,
    /** Where the kernel has it switched on. */
    AUTO,
    /** It is switched on if need be; an error if it cannot be had. */
    ON
  }

  /** With ACLs, and io_uring where that is switched on. */
  public MountOptions(Path mountPoint, String source, boolean allowOther) {
    this(mountPoint, source, allowOther, true, IoUring.AUTO);
  }
}
