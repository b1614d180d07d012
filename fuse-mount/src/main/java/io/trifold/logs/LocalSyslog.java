package io.trifold.logs;

import io.trifold.posix.ErrnoException;
import io.trifold.posix.UnixDatagram;
import java.io.IOException;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.Arrays;

/** The system's own syslog. */
final class LocalSyslog implements SyslogSender {
  /** Longer messages do not fit into what a socket holds; the usual receivers cut them earlier. */
  private static final int LONGEST = 64 << 10;

  private final Path path;
  private final UnixDatagram socket;

  LocalSyslog(Path path) throws IOException {
    this.path = path;
    try {
      socket = UnixDatagram.connect(path.toString());
    } catch (ErrnoException e) {
      throw failure(e);
    }
  }

  private IOException failure(ErrnoException e) {
    return new IOException(
        path + " cannot be reached: " + e.getMessage() + ": is a syslog daemon running?", e);
  }

  @Override
  public void send(SyslogMessage message) throws IOException {
    byte[] bytes = message.local(ZoneId.systemDefault());
    try {
      socket.send(bytes.length > LONGEST ? Arrays.copyOf(bytes, LONGEST) : bytes);
    } catch (ErrnoException e) {
      throw failure(e);
    }
  }

  @Override
  public void close() {
    socket.close();
  }
}
