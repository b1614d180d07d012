package io.trifold.logs;

import java.io.IOException;

/** A way to a syslog; of one thread. After a failure it is closed and another one opened. */
interface SyslogSender extends AutoCloseable {
  /** Sends a message. What the receiver does with it is not known. */
  void send(SyslogMessage message) throws IOException;

  @Override
  void close() throws IOException;

  /** Opens the way. */
  static SyslogSender open(SyslogAddress address) throws IOException {
    if (address instanceof SyslogAddress.Local local) {
      return new LocalSyslog(local.socket());
    }
    SyslogAddress.Collector collector = (SyslogAddress.Collector) address;
    return collector.protocol() == SyslogAddress.Protocol.UDP
        ? new UdpCollector(collector)
        : StreamCollector.connect(collector);
  }
}
