package io.trifold.fuse;

import java.io.IOException;

/** A way to serve a filesystem to the kernel. */
public interface Transport {
  /** Its name in settings and in the status: {@code kernel} or {@code jnr}. */
  String name();

  /**
   * Mounts the filesystem and serves it on threads of its own. Returns when the kernel has agreed
   * on the protocol and requests are being answered.
   *
   * @throws IOException with one line that a user understands
   */
  Session mount(FuseOperations operations, MountOptions options) throws IOException;

  /** A filesystem that is mounted. */
  interface Session extends AutoCloseable {
    /** For notices to the kernel. */
    KernelCache kernelCache();

    /** Whether reads and writes of regular files bypass the daemon. */
    boolean passthrough();

    /** The version of the protocol and what was agreed on, for the status; one line. */
    String describe();

    /** Waits until it is no longer mounted, by whomever. */
    void awaitEnd() throws InterruptedException;

    /**
     * Unmounts, and returns when that is done and all threads have ended. Open files do not prevent
     * it: if it is in use, it is detached, and its users get errors. A second call does nothing.
     */
    @Override
    void close();
  }
}
