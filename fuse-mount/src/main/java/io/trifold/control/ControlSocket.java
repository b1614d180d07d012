package io.trifold.control;

import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;

/**
 * The socket's address. An address has room for a hundred bytes only ({@code unix(7)}), a state
 * directory's path may be longer: so it is given by way of a descriptor of the directory.
 */
final class ControlSocket implements AutoCloseable {
  private final int directory;
  private final UnixDomainSocketAddress address;

  private ControlSocket(int directory, String name) {
    this.directory = directory;
    this.address = UnixDomainSocketAddress.of("/proc/self/fd/" + directory + "/" + name);
  }

  static ControlSocket at(Path socket) throws IOException {
    try {
      int directory =
          Posix.open(
              socket.getParent().toString(), Posix.O_PATH | Posix.O_DIRECTORY | Posix.O_CLOEXEC, 0);
      return new ControlSocket(directory, socket.getFileName().toString());
    } catch (ErrnoException e) {
      throw new IOException(socket.getParent() + ": " + e.getMessage(), e);
    }
  }

  /** Good until this is closed; what was bound or connected by it stays so. */
  UnixDomainSocketAddress address() {
    return address;
  }

  @Override
  public void close() {
    Posix.close(directory);
  }
}
