package io.trifold.logs;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Optional;

/** Where a host's lines go that go to syslog. */
public sealed interface SyslogAddress {
  /** The system's own, by its datagram socket. */
  record Local(Path socket) implements SyslogAddress {
    @Override
    public String toString() {
      return socket.toString();
    }
  }

  /** How a collector is reached. */
  enum Protocol {
    UDP(514),
    TCP(601),
    TLS(6514);

    private final int port;

    Protocol(int port) {
      this.port = port;
    }
  }

  /**
   * A collector that speaks RFC 5424.
   *
   * @param authorities a PEM file with the certificates that are trusted; none for the system's
   */
  record Collector(Protocol protocol, String host, int port, Optional<Path> authorities)
      implements SyslogAddress {
    @Override
    public String toString() {
      return protocol.name().toLowerCase(java.util.Locale.ROOT)
          + "://"
          + (host.contains(":") ? "[" + host + "]" : host)
          + ":"
          + port;
    }
  }

  /** The system's own, where it usually is. */
  SyslogAddress SYSTEM = new Local(Path.of("/dev/log"));

  /**
   * Reads {@code local}, {@code unix:/PATH}, {@code udp://HOST[:PORT]}, {@code tcp://…} or {@code
   * tls://…}.
   *
   * @throws IllegalArgumentException in words that follow the value
   */
  static SyslogAddress parse(String text, Optional<Path> authorities) {
    if (text.equals("local")) {
      return SYSTEM;
    }
    if (text.startsWith("unix:/")) {
      return new Local(Path.of(text.substring("unix:".length())));
    }
    try {
      URI uri = new URI(text);
      for (Protocol protocol : Protocol.values()) {
        boolean ours =
            protocol.name().equalsIgnoreCase(uri.getScheme())
                && uri.getHost() != null
                && uri.getRawPath().isEmpty()
                && uri.getRawQuery() == null
                && uri.getRawUserInfo() == null;
        if (ours) {
          String host = uri.getHost().replaceAll("^\\[|\\]$", "");
          int port = uri.getPort() < 0 ? protocol.port : uri.getPort();
          return new Collector(protocol, host, port, authorities);
        }
      }
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(form(text), e);
    }
    throw new IllegalArgumentException(form(text));
  }

  private static String form(String text) {
    return "\""
        + text
        + "\" is no address of a syslog: write local, unix:/PATH, udp://HOST:PORT, tcp://HOST:PORT"
        + " or tls://HOST:PORT";
  }
}
