package io.trifold.fuse.kernel;

import io.trifold.fuse.MountOptions;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import java.io.IOException;

/** Mounts with {@code mount(2)}. */
final class RootMounting extends Mounting {

  /** As libfuse has it: what is in an application's files gives no privileges. */
  private static final long MS_NOSUID_NODEV = 2 | 4;

  private RootMounting(String mountPoint, Device device) {
    super(mountPoint, device);
  }

  static RootMounting mount(String mountPoint, MountOptions options) throws IOException {
    int fd;
    try {
      fd = Posix.open(Device.PATH, Posix.O_RDWR, 0);
    } catch (ErrnoException e) {
      throw noDevice(e);
    }
    String data =
        "fd=%d,rootmode=40000,user_id=%d,group_id=%d,default_permissions%s"
            .formatted(
                fd,
                Posix.effectiveUid(),
                Posix.effectiveGid(),
                options.allowOther() ? ",allow_other" : "");
    try {
      Posix.mount(options.source(), mountPoint, TYPE, MS_NOSUID_NODEV, data);
    } catch (ErrnoException e) {
      Posix.close(fd);
      throw new IOException(
          switch (e.errno()) {
            case Errno.EPERM, Errno.EACCES ->
                "may not mount over "
                    + mountPoint
                    + ": CAP_SYS_ADMIN is missing (start the container with --privileged)";
            case Errno.ENODEV ->
                "cannot mount over "
                    + mountPoint
                    + ": the kernel has no FUSE; load its module (modprobe fuse)";
            default -> "cannot " + e.getMessage();
          },
          e);
    }
    return new RootMounting(mountPoint, new Device(fd));
  }

  @Override
  boolean unmountIdle() throws IOException {
    try {
      Posix.unmount(mountPoint(), Posix.UMOUNT_NOFOLLOW);
      return true;
    } catch (ErrnoException e) {
      if (e.errno() == Errno.EBUSY) {
        return false;
      }
      throw new IOException("cannot " + e.getMessage(), e);
    }
  }

  /** Forced: who uses it gets errors from now on, and the threads here their end. */
  @Override
  void detach() throws IOException {
    try {
      Posix.unmount(mountPoint(), Posix.UMOUNT_NOFOLLOW | Posix.MNT_DETACH | Posix.MNT_FORCE);
    } catch (ErrnoException e) {
      throw new IOException("cannot " + e.getMessage(), e);
    }
  }
}
