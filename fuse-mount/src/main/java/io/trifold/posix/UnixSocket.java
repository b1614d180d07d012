package io.trifold.posix;

import static io.trifold.posix.LibC.C;

import jnr.ffi.Pointer;

/** Local sockets, for what only they carry: descriptors from one process to another. */
public final class UnixSocket {
  private static final int AF_UNIX = 1;
  private static final int SOCK_STREAM = 1;
  private static final int SOL_SOCKET = 1;
  private static final int SCM_RIGHTS = 1;
  private static final int MSG_CMSG_CLOEXEC = 0x40000000;

  private UnixSocket() {}

  /** {@code socketpair(2)}: two connected sockets, close-on-exec. */
  public static int[] pair() throws ErrnoException {
    Pointer pair = Scratch.get();
    Posix.check(C.socketpair(AF_UNIX, SOCK_STREAM | Posix.O_CLOEXEC, 0, pair), "socketpair");
    return new int[] {pair.getInt(0), pair.getInt(4)};
  }

  /**
   * Waits for a message that carries one descriptor ({@code SCM_RIGHTS}, see {@code unix(7)}).
   *
   * @return the descriptor, close-on-exec, or -1 if the other side closed without sending one
   */
  public static int receiveDescriptor(int socket) throws ErrnoException {
    Pointer memory = Posix.allocate(128);
    Pointer header = memory.slice(0, 56);
    Pointer vector = memory.slice(56, 16);
    Pointer payload = memory.slice(72, 8);
    Pointer control = memory.slice(80, 24);
    while (true) {
      vector.putPointer(0, payload);
      vector.putLong(8, 1);
      header.putPointer(16, vector);
      header.putLong(24, 1);
      header.putPointer(32, control);
      header.putLong(40, 24);
      long n = C.recvmsg(socket, header, MSG_CMSG_CLOEXEC);
      if (n < 0) {
        if (Posix.interrupted()) {
          continue;
        }
        throw Posix.failure("recvmsg");
      }
      boolean carries =
          n > 0
              && header.getLong(40) >= 20
              && control.getInt(8) == SOL_SOCKET
              && control.getInt(12) == SCM_RIGHTS;
      return carries ? control.getInt(16) : -1;
    }
  }
}
