package io.trifold.fuse.jnr;

import io.trifold.fuse.FuseOperations;
import io.trifold.fuse.MountOptions;
import io.trifold.fuse.Transport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Serves a filesystem through libfuse 2.9: as root, or as an ordinary user with {@code fusermount}.
 * The kernel keeps neither names nor attributes, and drops a file's cached content when it is
 * opened; names are cached here instead, where {@link Session#kernelCache} reaches them.
 */
public final class JnrTransport implements Transport {
  private static final Path DEVICE = Path.of("/dev/fuse");

  @Override
  public String name() {
    return "jnr";
  }

  @Override
  public Session mount(FuseOperations operations, MountOptions options) throws IOException {
    if (!Files.exists(DEVICE)) {
      throw new IOException(
          DEVICE + " is missing: load the kernel module fuse, or give the container the device");
    }
    if (!Files.isReadable(DEVICE) || !Files.isWritable(DEVICE)) {
      throw new IOException(
          "no access to " + DEVICE + ": run as root, or let all users read and" + " write it");
    }
    if (!Files.isDirectory(options.mountPoint())) {
      throw new IOException("cannot mount on " + options.mountPoint() + ": not a directory");
    }
    return JnrSession.mount(FuseLibrary.load(), operations, options);
  }
}
