package io.trifold.posix;

import static io.trifold.posix.LibC.C;

import jnr.ffi.Pointer;

/**
 * A mount that stands nowhere until it is attached; closed before, it is gone. As it is handled by
 * descriptors, no path can be swapped on the way ({@code open_tree(2)}, {@code mount_setattr(2)},
 * {@code move_mount(2)}). Needs {@code CAP_SYS_ADMIN}, and Linux 5.12.
 */
public final class DetachedMount implements AutoCloseable {
  private static final long NR_OPEN_TREE = 428;
  private static final long NR_MOVE_MOUNT = 429;
  private static final long NR_MOUNT_SETATTR = 442;
  private static final int OPEN_TREE_CLONE = 1;
  private static final int MOVE_MOUNT_F_EMPTY_PATH = 0x04;
  private static final int MOVE_MOUNT_T_EMPTY_PATH = 0x40;
  private static final long MOUNT_ATTR_NOSUID_NODEV = 2 | 4;
  private static final long MS_PRIVATE = 1 << 18;
  private static final int ATTRIBUTES_SIZE = 32;

  private final int fd;

  private DetachedMount(int fd) {
    this.fd = fd;
  }

  /**
   * A mount of the directory behind a descriptor, without what is mounted below it. It gives no
   * privileges, and what is mounted below the original later does not come to it.
   */
  public static DetachedMount of(int directory) throws ErrnoException {
    int flags = OPEN_TREE_CLONE | Posix.O_CLOEXEC | Posix.AT_EMPTY_PATH;
    int tree = (int) C.syscall(NR_OPEN_TREE, directory, Posix.EMPTY, flags);
    if (tree < 0) {
      throw Posix.failure("open_tree");
    }
    DetachedMount mount = new DetachedMount(tree);
    try {
      mount.confine();
      return mount;
    } catch (ErrnoException e) {
      mount.close();
      throw e;
    }
  }

  private void confine() throws ErrnoException {
    Pointer attributes = Posix.allocate(ATTRIBUTES_SIZE);
    attributes.putLong(0, MOUNT_ATTR_NOSUID_NODEV);
    attributes.putLong(16, MS_PRIVATE);
    long result =
        C.syscall(
            NR_MOUNT_SETATTR, fd, Posix.EMPTY, Posix.AT_EMPTY_PATH, attributes, ATTRIBUTES_SIZE);
    Posix.check((int) result, "mount_setattr");
  }

  /** Mounts it over the directory behind a descriptor. */
  public void attach(int directory) throws ErrnoException {
    int flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;
    long result = C.syscall(NR_MOVE_MOUNT, fd, Posix.EMPTY, directory, Posix.EMPTY, flags);
    Posix.check((int) result, "move_mount");
  }

  /** Its number in {@link MountTable}, once it is attached. */
  public long id() throws ErrnoException {
    return Posix.mountId(fd);
  }

  /** Gives up the descriptor; an attached mount stays, any other is gone. */
  @Override
  public void close() {
    Posix.close(fd);
  }
}
