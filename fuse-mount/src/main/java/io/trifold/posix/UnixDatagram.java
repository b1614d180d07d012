package io.trifold.posix;

import static io.trifold.posix.LibC.C;

import io.trifold.rules.FileNames;
import jnr.ffi.Pointer;

/** A local datagram socket that is connected to a path, such as the system's syslog. */
public final class UnixDatagram implements AutoCloseable {
  private static final int AF_UNIX = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int SOL_SOCKET = 1;
  private static final int SO_SNDTIMEO = 21;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int LONGEST_PATH = 107;
  private static final int PATIENCE_SECONDS = 5;

  private final int fd;

  private UnixDatagram(int fd) {
    this.fd = fd;
  }

  /** Connects; a send waits for a receiver that is slow for some seconds at most. */
  public static UnixDatagram connect(String path) throws ErrnoException {
    byte[] bytes = FileNames.encode(path);
    if (bytes.length > LONGEST_PATH) {
      throw new ErrnoException(Errno.ENAMETOOLONG, path);
    }
    int fd = C.socket(AF_UNIX, SOCK_DGRAM | Posix.O_CLOEXEC, 0);
    if (fd < 0) {
      throw Posix.failure("socket");
    }
    try {
      Pointer patience = Posix.allocate(16);
      patience.putLong(0, PATIENCE_SECONDS);
      Posix.check(C.setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, patience, 16), "setsockopt");
      Pointer address = Posix.allocate(2 + LONGEST_PATH + 1);
      address.putShort(0, (short) AF_UNIX);
      address.put(2, bytes, 0, bytes.length);
      Posix.check(C.connect(fd, address, 2 + bytes.length + 1), path);
      return new UnixDatagram(fd);
    } catch (ErrnoException e) {
      Posix.close(fd);
      throw e;
    }
  }

  /** Sends one message. */
  public void send(byte[] message) throws ErrnoException {
    while (C.send(fd, message, message.length, MSG_NOSIGNAL) < 0) {
      if (!Posix.interrupted()) {
        throw Posix.failure("send");
      }
    }
  }

  @Override
  public void close() {
    Posix.close(fd);
  }
}
