package io.trifold.logs;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;

/** A collector by UDP (RFC 5426): one message a datagram, and nobody says whether it arrived. */
final class UdpCollector implements SyslogSender {
  private static final int LONGEST = 65_000;

  private final DatagramSocket socket = new DatagramSocket();
  private final InetSocketAddress address;

  UdpCollector(SyslogAddress.Collector collector) throws IOException {
    address = new InetSocketAddress(collector.host(), collector.port());
    if (address.isUnresolved()) {
      socket.close();
      throw new IOException(collector + " cannot be reached: no host of that name");
    }
  }

  @Override
  public void send(SyslogMessage message) throws IOException {
    byte[] bytes = message.rfc5424();
    socket.send(new DatagramPacket(bytes, Math.min(bytes.length, LONGEST), address));
  }

  @Override
  public void close() {
    socket.close();
  }
}
