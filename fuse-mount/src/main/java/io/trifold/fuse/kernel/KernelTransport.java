package io.trifold.fuse.kernel;

import io.trifold.fuse.FuseOperations;
import io.trifold.fuse.MountOptions;
import io.trifold.fuse.Transport;
import io.trifold.posix.Posix;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Speaks the FUSE protocol on {@code /dev/fuse} itself, with all that the kernel has: readdirplus,
 * invalidation of its caches, and passthrough for root from Linux 6.9 on. Needs Linux 4.20, and
 * root or {@code fusermount3}.
 */
public final class KernelTransport implements Transport {
  private static final Logger LOG = LoggerFactory.getLogger(KernelTransport.class);

  private final boolean passthrough;

  /** With passthrough where the kernel has it. */
  public KernelTransport() {
    this(true);
  }

  /**
   * @param passthrough whether to use passthrough where the kernel has it
   */
  public KernelTransport(boolean passthrough) {
    this.passthrough = passthrough;
  }

  @Override
  public String name() {
    return "kernel";
  }

  @Override
  public Session mount(FuseOperations operations, MountOptions options) throws IOException {
    switch (options.ioUring()) {
      case OFF -> {}
      case AUTO -> {
        if (RingSwitch.isOn() && RingQueues.arePossible()) {
          try {
            return mount(operations, options, true);
          } catch (IOException e) {
            LOG.warn("Not over io_uring: {}", e.getMessage());
          }
        }
      }
      case ON -> {
        if (!RingQueues.arePossible()) {
          throw new IOException(
              "io_uring is not allowed here (kernel.io_uring_disabled, or the container's seccomp"
                  + " profile)");
        }
        try (RingSwitch on = RingSwitch.turnOn()) {
          LOG.debug("switched on: {}", on);
          return mount(operations, options, true);
        }
      }
    }
    return mount(operations, options, false);
  }

  private Session mount(FuseOperations operations, MountOptions options, boolean rings)
      throws IOException {
    boolean root = Posix.effectiveUid() == 0;
    Mounting mounting = Mounting.mount(options);
    KernelSession session;
    try {
      Agreement agreement =
          Agreement.negotiate(mounting.device(), passthrough && root, options.acls(), rings);
      session = new KernelSession(mounting, agreement, operations);
    } catch (IOException | RuntimeException e) {
      mounting.abandon();
      throw e;
    }
    try {
      session.start();
      if (root) {
        mounting.raiseReadahead();
      }
      session.probe();
    } catch (IOException | RuntimeException e) {
      session.close();
      throw e;
    }
    return session;
  }
}
